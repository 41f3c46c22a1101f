import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ConfigurationError } from '../../common/configuration.error.js';
import { excerpt, isUnsafe, oneLine } from '../../common/excerpt.js';
import { LogThrottle } from '../../common/log-throttle.js';
import type { ResolvedIssuer } from '../options/resolved-issuer.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { InvalidTokenError, type InvalidTokenReason, KeysUnavailableError } from '../errors.js';
import { RESOLVED_OPTIONS } from '../jwt-auth.tokens.js';
import { ApplicationEndedError } from '../keys/application-ended.error.js';
import { keySourceFor } from '../keys/key-source.factory.js';
import { StaticKeys } from '../keys/static-keys.js';
import { checkTimes } from '../verification/check-times.js';
import type { DecodedToken, SignedToken } from '../verification/decode-token.js';
import { checkTokenKind } from '../verification/token-kind.js';
import { ResolvedIssuers } from './resolved-issuers.js';
import { TrustedIssuer, type Verification } from './trusted-issuer.js';

/** Longer than any name of an issuer in the wild. */
const MAX_NAME_LENGTH = 2_048;
/** No issuer's own rules are more generous. */
const WIDEST_TIMES = { clockToleranceSeconds: 300, maxTokenAgeSeconds: Number.POSITIVE_INFINITY };

/** What has been found out about a token, and about whom it is from. */
export interface IssuerVerification extends Verification {
  readonly issuer: TrustedIssuer;
}

/** Every issuer whose tokens are accepted: the fixed ones, and those that the option `resolveIssuer` knows. */
@Injectable()
export class IssuerRegistry implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly fixed = new Map<string, TrustedIssuer>();
  private readonly resolved: ResolvedIssuers | undefined;
  /** Has the shared rules and no keys: what is told of a token by it is told whoever it claims to be from. */
  private readonly nobody: TrustedIssuer;
  private readonly throttle: LogThrottle;
  private readonly end = new AbortController();

  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {
    this.throttle = new LogThrottle(options.clock);
    for (const rules of options.issuers) this.fixed.set(rules.issuer, this.trust(rules));
    if (options.resolveIssuer) {
      this.resolved = new ResolvedIssuers(options, this.throttle, this.end.signal);
    }
    this.nobody = new TrustedIssuer(options.sharedRules, new StaticKeys([]), options.clock);
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

  /** By then the server is closed: until it is, requests that are still answered may need a key. */
  onApplicationShutdown(): void {
    this.end.abort(new ApplicationEndedError());
  }

  /**
   * Verifies a token by the rules and with the keys of the issuer that it claims to be from. With `resolveIssuer` the
   * client is told the same of a token that the issuer has not signed, whether there is such an issuer or not.
   *
   * @throws {InvalidTokenError}
   * @throws {KeysUnavailableError} when it cannot be known, since the keys or the issuer cannot be had
   */
  async verify(decoded: SignedToken): Promise<IssuerVerification> {
    const now = this.options.clock.now();
    let isSigned = false;
    try {
      const issuer = await this.of(decoded);
      const verification = await issuer.verify(decoded, now, () => {
        isSigned = true;
        this.resolved?.prove(issuer);
      });
      return { issuer, ...verification };
    } catch (error) {
      if (isSigned || !this.resolved || !(error instanceof InvalidTokenError)) throw error;
      throw new InvalidTokenError(error.reason, error.detail, this.tellOf(decoded, now));
    }
  }

  /** Whether an issuer is one of the options, or good tokens of it have come: nobody can make up names that are. */
  isEstablished(iss: unknown): boolean {
    return (
      typeof iss === 'string' && (this.fixed.has(iss) || this.resolved?.isProven(iss) === true)
    );
  }

  private of(decoded: DecodedToken): TrustedIssuer | Promise<TrustedIssuer> {
    const { iss } = decoded.claims;
    if (typeof iss !== 'string') throw this.refusal(iss);
    const known = this.fixed.get(iss) ?? this.resolved?.known(iss);
    if (known) return known;
    if (!this.resolved || !isName(iss)) throw this.refusal(iss);
    checkWorthLookingUp(decoded, this.options.clock.now());
    return this.resolved.lookUp(iss, decoded).then((found) => {
      if (found) return found;
      throw this.refusal(iss);
    });
  }

  /** What whoever sent a token finds out by it, unless the issuer has signed it. */
  private tellOf(decoded: DecodedToken, nowMs: number): InvalidTokenReason {
    try {
      this.nobody.checkUnverified(decoded, nowMs);
      return 'signature';
    } catch (error) {
      return error instanceof InvalidTokenError ? error.reason : 'signature';
    }
  }

  private trust(rules: ResolvedIssuer): TrustedIssuer {
    const { clock } = this.options;
    const { throttle } = this;
    const end = this.end.signal;
    const context = { clock, throttle, clockThrottle: throttle, end };
    return new TrustedIssuer(rules, keySourceFor(rules, context), clock);
  }

  private refusal(iss: unknown): InvalidTokenError {
    const { knownIssuers } = this.options;
    const twin = knownIssuers.twinOf(iss);
    const hint =
      twin === undefined
        ? `trusted: ${knownIssuers.shown || 'what resolveIssuer knows'}`
        : `which differs from ${excerpt(twin)} by the trailing slash only`;
    return new InvalidTokenError('issuer', `iss ${excerpt(iss)}, ${oneLine(hint)}`);
  }
}

/** Whether a text can be the name of an issuer at all. */
function isName(iss: string): boolean {
  return iss !== '' && iss.length <= MAX_NAME_LENGTH && !isUnsafe(iss);
}

/** A token that no issuer could make good does not cause a look-up. */
function checkWorthLookingUp(decoded: DecodedToken, nowMs: number): void {
  checkTokenKind(decoded);
  if (!/^(?:[RPEH]S\d{3}|EdDSA|Ed25519)$/.test(decoded.header.alg)) {
    throw new InvalidTokenError('algorithm', `alg ${excerpt(decoded.header.alg)}`);
  }
  checkTimes(decoded.claims, nowMs, WIDEST_TIMES);
}

function failStart(error: unknown): never {
  if (!(error instanceof KeysUnavailableError)) throw error;
  throw new ConfigurationError('JwtAuthModule', [
    `warmUp: 'eager', and there are no keys to be had. ${error.detail}`,
  ]);
}
