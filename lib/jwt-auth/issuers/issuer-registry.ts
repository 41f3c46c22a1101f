import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ConfigurationError } from '../../common/configuration.error.js';
import { SingleFlight } from '../../common/single-flight.js';
import type { ResolvedIssuer, ResolvedOptions } from '../config/resolved-options.js';
import { InvalidTokenError, KeysUnavailableError } from '../errors.js';
import { RESOLVED_OPTIONS } from '../jwt-auth.tokens.js';
import { keySourceFor } from '../keys/key-source.factory.js';
import { excerpt } from '../../common/excerpt.js';
import { TrustedIssuer } from './trusted-issuer.js';

const MAX_RESOLVED = 1_000;
/** How long an issuer that is not trusted is not asked for again. */
const UNTRUSTED_MS = 10_000;
const RETRY_AFTER_SECONDS = 5;

/** Every issuer whose tokens are accepted: the fixed ones, and those that the option `resolveIssuer` knows. */
@Injectable()
export class IssuerRegistry implements OnApplicationBootstrap {
  private readonly logger = new Logger('JwtAuthModule');
  private readonly fixed = new Map<string, TrustedIssuer>();
  private readonly resolved = new LRUCache<string, TrustedIssuer>({ max: MAX_RESOLVED });
  private readonly untrusted = new LRUCache<string, number>({ max: MAX_RESOLVED });
  private readonly resolutions = new SingleFlight<TrustedIssuer | undefined>();

  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {
    for (const rules of options.issuers) this.fixed.set(rules.issuer, this.trust(rules));
  }

  /** @throws {ConfigurationError} with `warmUp: 'eager'`, when keys cannot be had: the start fails */
  async onApplicationBootstrap(): Promise<void> {
    const { warmUp } = this.options;
    if (warmUp === 'lazy') return;
    const warm = Promise.all([...this.fixed.values()].map(({ keys }) => keys.warmUp()));
    if (warmUp === 'eager') await warm.catch(failStart);
    // What goes wrong is in the log, and tried again with the first token.
    else warm.catch(() => undefined);
  }

  /**
   * The issuer that a token claims to be from.
   *
   * @throws {InvalidTokenError} when it is not trusted
   * @throws {KeysUnavailableError} when that cannot be known, since `resolveIssuer` failed
   */
  of(iss: unknown): TrustedIssuer | Promise<TrustedIssuer> {
    const known =
      typeof iss === 'string' ? (this.fixed.get(iss) ?? this.resolved.get(iss)) : undefined;
    if (known) return known;
    if (typeof iss !== 'string' || !this.options.resolveIssuer || this.isUntrusted(iss))
      throw this.refusal(iss);
    return this.resolutions
      .run(iss, () => this.resolve(iss))
      .then((found) => {
        if (found) return found;
        throw this.refusal(iss);
      });
  }

  private async resolve(iss: string): Promise<TrustedIssuer | undefined> {
    const rules = await this.lookUp(iss);
    if (!rules) {
      this.untrusted.set(iss, this.options.clock.now() + UNTRUSTED_MS);
      return undefined;
    }
    const issuer = this.trust(rules);
    this.resolved.set(iss, issuer);
    return issuer;
  }

  private async lookUp(iss: string): Promise<ResolvedIssuer | undefined> {
    try {
      return await this.options.resolveIssuer?.(iss);
    } catch (error) {
      this.logger.error(
        `resolveIssuer failed for ${excerpt(iss)}`,
        error instanceof Error ? error.stack : undefined,
      );
      throw new KeysUnavailableError(RETRY_AFTER_SECONDS, 'resolveIssuer failed');
    }
  }

  private isUntrusted(iss: string): boolean {
    return this.options.clock.now() < (this.untrusted.get(iss) ?? 0);
  }

  private trust(rules: ResolvedIssuer): TrustedIssuer {
    return new TrustedIssuer(rules, keySourceFor(rules, this.options));
  }

  private refusal(iss: unknown): InvalidTokenError {
    const { issuers } = this.options;
    const twin = issuers.find(
      ({ issuer }) => typeof iss === 'string' && withoutSlash(iss) === withoutSlash(issuer),
    );
    const trusted = issuers.map(({ issuer }) => issuer).join(', ');
    const hint = twin
      ? `which differs from ${twin.issuer} by the trailing slash only`
      : `trusted: ${trusted.slice(0, 500)}`;
    return new InvalidTokenError('issuer', `iss ${excerpt(iss)}, ${hint}`);
  }
}

function withoutSlash(url: string): string {
  return url.endsWith('/') ? url.slice(0, -1) : url;
}

function failStart(error: unknown): never {
  if (!(error instanceof KeysUnavailableError)) throw error;
  throw new ConfigurationError('JwtAuthModule', [
    `warmUp: 'eager', and there are no keys to be had. ${error.detail}. Is the authorization server running, and is issuer right?`,
  ]);
}
