import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ConfigurationError } from '../../common/configuration.error.js';
import { remainingMs } from '../../common/remaining.js';
import { SingleFlight } from '../../common/single-flight.js';
import { untilAborted } from '../../common/until-aborted.js';
import type { ResolvedIssuer, ResolvedOptions } from '../config/resolved-options.js';
import { InvalidTokenError, KeysUnavailableError } from '../errors.js';
import { RESOLVED_OPTIONS } from '../jwt-auth.tokens.js';
import { keySourceFor } from '../keys/key-source.factory.js';
import { excerpt } from '../../common/excerpt.js';
import { checkTimes } from '../verification/check-times.js';
import type { DecodedToken } from '../verification/decode-token.js';
import { checkTokenKind } from '../verification/token-kind.js';
import { TRUST_MS, TrustedIssuer } from './trusted-issuer.js';

const MAX_RESOLVED = 1_000;
/** How long an issuer that is not trusted is not asked for again. */
const UNTRUSTED_MS = 10_000;
const RETRY_AFTER_SECONDS = 5;
const LOOK_UP_TIMEOUT_MS = 10_000;
/** No issuer's own rules are more generous. */
const WIDEST_TIMES = { clockToleranceSeconds: 300, maxTokenAgeSeconds: Number.POSITIVE_INFINITY };

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
  of(decoded: DecodedToken): TrustedIssuer | Promise<TrustedIssuer> {
    const { iss } = decoded.claims;
    const known = typeof iss === 'string' ? this.known(iss) : undefined;
    if (known) return known;
    if (typeof iss !== 'string' || !this.options.resolveIssuer || this.isUntrusted(iss)) {
      throw this.refusal(iss);
    }
    this.checkWorthLookingUp(decoded);
    return this.resolutions
      .run(iss, () => this.resolve(iss))
      .then((found) => {
        if (found) return found;
        throw this.refusal(iss);
      });
  }

  private known(iss: string): TrustedIssuer | undefined {
    const issuer = this.fixed.get(iss) ?? this.resolved.get(iss);
    return issuer?.isTrusted(this.options.clock.now()) ? issuer : undefined;
  }

  /** A token that no issuer could make good does not cause a look-up. */
  private checkWorthLookingUp(decoded: DecodedToken): void {
    checkTokenKind(decoded);
    if (!/^(?:[RPEH]S\d{3}|EdDSA|Ed25519)$/.test(decoded.header.alg)) {
      throw new InvalidTokenError('algorithm', `alg ${excerpt(decoded.header.alg)}`);
    }
    checkTimes(decoded.claims, this.options.clock.now(), WIDEST_TIMES);
  }

  private async resolve(iss: string): Promise<TrustedIssuer | undefined> {
    const before = this.resolved.get(iss);
    const rules = await this.lookUp(iss);
    const now = this.options.clock.now();
    if (before && isDeepStrictEqual(before.rules, rules)) {
      before.trustUntil(now + TRUST_MS);
      return before;
    }
    // What was verified by other rules, or for an issuer that is trusted no longer, is not good any more.
    before?.trustUntil(0);
    if (!rules) {
      this.resolved.delete(iss);
      this.untrusted.set(iss, now + UNTRUSTED_MS);
      return undefined;
    }
    const issuer = this.trust(rules);
    issuer.trustUntil(now + TRUST_MS);
    this.resolved.set(iss, issuer);
    return issuer;
  }

  private async lookUp(iss: string): Promise<ResolvedIssuer | undefined> {
    try {
      const looking = Promise.resolve(this.options.resolveIssuer?.(iss));
      return await untilAborted(looking, AbortSignal.timeout(LOOK_UP_TIMEOUT_MS));
    } catch (error) {
      this.logger.error(
        `resolveIssuer failed for ${excerpt(iss)}`,
        error instanceof Error ? error.stack : undefined,
      );
      throw new KeysUnavailableError(RETRY_AFTER_SECONDS, 'resolveIssuer failed');
    }
  }

  private isUntrusted(iss: string): boolean {
    return remainingMs(this.untrusted.get(iss) ?? 0, this.options.clock.now(), UNTRUSTED_MS) > 0;
  }

  private trust(rules: ResolvedIssuer): TrustedIssuer {
    return new TrustedIssuer(rules, keySourceFor(rules, this.options), this.options.clock);
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
