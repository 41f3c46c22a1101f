import { remainingMs } from '../../common/remaining.js';
import type { ResolvedIssuer } from '../options/resolved-issuer.js';
import { InvalidTokenError } from '../errors.js';
import type { Clock } from '../../common/clock.js';
import type { KeySource } from '../keys/key-source.js';
import { SignerSearch } from '../keys/signer-search.js';
import type { VerificationKey } from '../keys/verification-key.js';
import { checkAudience, checkBinding } from '../verification/check-claims.js';
import { checkTimes, type TimeFrame } from '../verification/check-times.js';
import type { DecodedToken, SignedToken } from '../verification/decode-token.js';
import { excerpt } from '../../common/excerpt.js';
import { checkProfile } from '../verification/profiles.js';
import { mapClaims } from '../verification/claim-mapping.js';
import { checkAccessTokenSigns } from '../verification/access-token-signs.js';
import { subjectKindOf } from '../verification/subject-kind.js';
import { checkTokenKind } from '../verification/token-kind.js';
import type { TokenAttributes } from '../verification/verified-access-token.js';

/** What has been found out about a token, and with which key. */
export interface Verification extends TimeFrame {
  readonly facts: TokenAttributes;
  readonly key: VerificationKey;
}

/** How long an issuer that was looked up is trusted before it is looked up again. */
export const TRUST_MS = 10 * 60_000;

/** An issuer whose tokens are accepted, by its own rules and with its own keys. */
export class TrustedIssuer {
  private trustedUntilMs = Number.POSITIVE_INFINITY;
  private readonly signers: SignerSearch;

  constructor(
    readonly rules: ResolvedIssuer,
    readonly keys: KeySource,
    clock: Clock,
  ) {
    this.signers = new SignerSearch(clock);
  }

  /** Lets trust end unless it is renewed: that in an issuer which had to be looked up. */
  trustUntil(timeMs: number): void {
    this.trustedUntilMs = timeMs;
  }

  isTrusted(nowMs: number): boolean {
    if (this.trustedUntilMs === Number.POSITIVE_INFINITY) return true;
    return remainingMs(this.trustedUntilMs, nowMs, TRUST_MS) > 0;
  }

  /** Gets the keys for a token of this issuer that may be good, without saying whether that went well. */
  async prepareFor(decoded: DecodedToken, nowMs: number): Promise<void> {
    try {
      this.checkUnverified(decoded, nowMs);
      await this.keys.warmUp();
    } catch {
      // Found again when the token is verified.
    }
  }

  /**
   * Checks a token of this issuer. What is cheap comes first, and no key is fetched for a token that is dead anyway.
   *
   * @param signed told once the signature has been verified
   * @throws {InvalidTokenError}
   * @throws {KeysUnavailableError}
   */
  async verify(decoded: SignedToken, nowMs: number, signed: () => void): Promise<Verification> {
    const { claims } = decoded;
    const times = this.checkUnverified(decoded, nowMs);
    const key = await this.signer(decoded);
    signed();
    const audience = checkAudience(claims, this.rules);
    checkBinding(claims);
    const rights = mapClaims(claims, this.rules);
    checkAccessTokenSigns(decoded, rights, this.rules);
    const subjectKind = subjectKindOf(decoded, this.rules.subjectKind);
    const { expiresAtSeconds } = times;
    return {
      key,
      ...times,
      facts: {
        issuer: this.rules.issuer,
        audience,
        ...rights,
        claims,
        subjectKind,
        expiresAtSeconds,
      },
    };
  }

  /**
   * Checks what needs no key.
   *
   * @throws {InvalidTokenError}
   */
  checkUnverified(decoded: DecodedToken, nowMs: number): TimeFrame {
    const { alg } = decoded.header;
    checkTokenKind(decoded);
    if (this.rules.profile === 'rfc9068') checkProfile(decoded);
    if (!this.rules.algorithms.has(alg))
      throw new InvalidTokenError(
        'algorithm',
        `alg ${excerpt(alg)}, expected ${[...this.rules.algorithms].join(' or ')}`,
      );
    return checkTimes(decoded.claims, nowMs, this.rules);
  }

  /** The key that signed the token. */
  private async signer(token: SignedToken): Promise<VerificationKey> {
    const { alg, kid } = token.header;
    const candidatesNow = async () =>
      (await this.keys.candidates(alg, kid)).filter((key) => key.vouchesFor(token.claims));
    let candidates = await candidatesNow();
    let found = await this.signers.find(token, candidates);
    // Where no key has the name, nobody can see from the token that the issuer has a new key.
    const named = kid !== undefined && candidates.every((key) => key.kid === kid);
    if (!found && !named && (await this.keys.renew(alg))) {
      candidates = await candidatesNow();
      found = await this.signers.find(token, candidates);
    }
    if (found) return found;
    const shown = `alg ${alg}, kid ${excerpt(kid)}`;
    throw candidates.length > 0
      ? new InvalidTokenError(
          'signature',
          `${shown}: keys that fit: ${candidates.length}, and none of them signed it`,
        )
      : new InvalidTokenError(
          'key',
          `${shown}: keys of the issuer: ${this.keys.size}, and none of them fits`,
        );
  }
}
