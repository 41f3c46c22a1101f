import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { createBackchannel } from '../common/backchannel.js';
import type { AccessToken } from './access-token.js';
import { InvalidTokenError } from './errors.js';
import { RESOLVED_OPTIONS } from './jwt-auth.tokens.js';
import { IssuerKeys } from './keys/issuer-keys.js';
import { KeySet } from './keys/key-set.js';
import type { ResolvedOptions } from './resolve-options.js';
import { checkAudience, checkBinding, checkTimes } from './verification/check-claims.js';
import { mapClaims } from './verification/claim-mapping.js';
import { decodeToken, type TokenHeader } from './verification/decode-token.js';
import { checkTokenKind } from './verification/token-kind.js';
import { verifySignature } from './verification/verify-signature.js';
import { VerifiedAccessToken } from './verified-access-token.js';

/** Limits of discovery and of fetching keys. */
const BACKCHANNEL = { timeoutMs: 5_000, maxBytes: 512 * 1024 };

/**
 * Verifies access tokens; the guard and the Passport strategy do nothing else. Inject it wherever a token
 * comes by another way than an HTTP header.
 */
@Injectable()
export class TokenVerifier implements OnApplicationBootstrap {
  private readonly keys: KeySet;

  /** @internal */
  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {
    const { issuer, allowInsecureHttp, clock } = options;
    const fetch = createBackchannel({ ...BACKCHANNEL, allowInsecureHttp });
    this.keys = new KeySet(issuer, new IssuerKeys(issuer, fetch, clock), clock);
  }

  /**
   * Verifies a token in full: issuer, kind, algorithm, times, signature, audience (RFC 9068 section 4).
   * What is cheap comes first, and nothing is fetched for a token that is dead anyway.
   *
   * @throws {InvalidTokenError} when the token is no good
   * @throws {KeysUnavailableError} when that cannot be known, since the keys cannot be had
   */
  async verify(token: string): Promise<AccessToken> {
    const { issuer, audience, clock, clockToleranceSeconds } = this.options;
    const decoded = decodeToken(token);
    const { header, claims } = decoded;
    if (claims['iss'] !== issuer)
      throw new InvalidTokenError('issuer', `iss ${excerpt(claims['iss'])}, expected ${issuer}`);
    checkTokenKind(decoded);
    this.checkAlgorithm(header);
    const expiresAtSeconds = checkTimes(claims, clock.now(), clockToleranceSeconds);
    const candidates = await this.keys.candidates(header.alg, header.kid);
    if (candidates.length === 0)
      throw new InvalidTokenError('key', `no key for ${header.alg}, kid ${excerpt(header.kid)}`);
    await verifySignature(token, header.alg, candidates);
    const meantFor = checkAudience(claims, audience);
    checkBinding(claims);
    return new VerifiedAccessToken(token, {
      issuer,
      audience: meantFor,
      ...mapClaims(claims, this.options),
      claims,
      expiresAtSeconds,
    });
  }

  /** Keys are there before the first request, unless it is very early. @internal */
  onApplicationBootstrap(): void {
    this.keys.refreshInBackground();
  }

  private checkAlgorithm({ alg }: TokenHeader): void {
    if (!this.options.algorithms.has(alg))
      throw new InvalidTokenError('algorithm', `alg ${excerpt(alg)}`);
  }
}

/** A value that somebody sent, fit for one line of a log. */
function excerpt(value: unknown): string {
  return (JSON.stringify(value) ?? 'missing').slice(0, 200);
}
