import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { TrustedIssuer, Verification } from './issuers/trusted-issuer.js';
import type { VerifiedAccessToken } from './verified-access-token.js';

interface Entry extends Pick<Verification, 'key' | 'goodFromMs' | 'goodUntilMs'> {
  readonly token: VerifiedAccessToken;
  readonly issuer: TrustedIssuer;
}

/**
 * Remembers tokens that have been verified, by the hash of the whole token, so that their signature is checked once. It
 * makes a guarded endpoint about as fast as an open one. What can change is looked at each time: the
 * time, and whether the key is still one of the issuer's.
 */
export class VerifiedTokens {
  private readonly entries: LRUCache<string, Entry> | undefined;

  /** @param size how many tokens are kept; 0 for none */
  constructor(size: number) {
    if (size > 0) this.entries = new LRUCache({ max: size });
  }

  /** The token, if it was verified before and would be found good again. */
  get(raw: string, nowMs: number): VerifiedAccessToken | undefined {
    if (!this.entries) return undefined;
    const entry = this.entries.get(digestOf(raw));
    if (!entry || nowMs < entry.goodFromMs || nowMs >= entry.goodUntilMs) return undefined;
    return entry.issuer.keys.trusts(entry.key) ? entry.token : undefined;
  }

  set(
    raw: string,
    token: VerifiedAccessToken,
    issuer: TrustedIssuer,
    verification: Verification,
  ): void {
    const { key, goodFromMs, goodUntilMs } = verification;
    this.entries?.set(digestOf(raw), { token, issuer, key, goodFromMs, goodUntilMs });
  }
}

/** Of the whole token: with less, a changed signature would be taken for the good one. */
function digestOf(raw: string): string {
  return hash('sha256', raw, 'base64');
}
