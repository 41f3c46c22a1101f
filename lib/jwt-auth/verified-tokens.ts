import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { TrustedIssuer, Verification } from './issuers/trusted-issuer.js';
import type { VerifiedAccessToken } from './verified-access-token.js';

interface Entry extends Pick<Verification, 'key' | 'goodFromMs' | 'goodUntilMs'> {
  readonly token: VerifiedAccessToken;
  readonly issuer: TrustedIssuer;
}

/** How many tokens seen once are told from others, at least. */
const MIN_SIGHTINGS = 16_384;

/**
 * Remembers tokens that have been verified, by the hash of the whole token, so that their signature is not checked
 * each time. It makes a guarded endpoint about as fast as an open one. What can change is looked at each time: the time,
 * and whether the key is still one of the issuer's.
 *
 * A token is kept from its second sight on: what is kept costs the garbage collector more than a signature costs,
 * and many a token is used once.
 */
export class VerifiedTokens {
  private readonly entries: LRUCache<string, Entry> | undefined;
  private readonly sightings: Int32Array;

  /** @param size how many tokens are kept; 0 for none */
  constructor(size: number) {
    if (size > 0) this.entries = new LRUCache({ max: size });
    // A power of two, so that a place is found with a mask.
    const places = size > 0 ? Math.max(MIN_SIGHTINGS, size * 2) : 1;
    this.sightings = new Int32Array(2 ** Math.ceil(Math.log2(places)));
  }

  /** The token, if it was verified before and would be found good again. */
  get(raw: string, nowMs: number): VerifiedAccessToken | undefined {
    if (!this.entries) return undefined;
    const digest = digestOf(raw);
    const entry = this.entries.get(digest);
    if (!entry) return undefined;
    const { token, issuer, key, goodFromMs, goodUntilMs } = entry;
    const inTime = nowMs >= goodFromMs && nowMs < goodUntilMs;
    if (inTime && issuer.isTrusted(nowMs) && issuer.keys.trusts(key)) return token;
    this.entries.delete(digest);
    return undefined;
  }

  set(
    raw: string,
    token: VerifiedAccessToken,
    issuer: TrustedIssuer,
    verification: Verification,
  ): void {
    if (!this.entries) return;
    const digest = digestOf(raw);
    if (!this.wasSeen(digest)) return;
    const { key, goodFromMs, goodUntilMs } = verification;
    this.entries.set(digest, { token, issuer, key, goodFromMs, goodUntilMs });
  }

  /** Whether a token was seen before, most likely: to be wrong here costs a place in the cache, and no more. */
  private wasSeen(digest: string): boolean {
    const tag = Buffer.from(digest.slice(0, 12), 'base64');
    const place = tag.readUInt32LE(0) & (this.sightings.length - 1);
    const mark = tag.readInt32LE(4);
    const seen = this.sightings[place] === mark;
    this.sightings[place] = mark;
    return seen;
  }
}

/** Of the whole token: with less, a changed signature would be taken for the good one. */
function digestOf(raw: string): string {
  return hash('sha256', raw, 'base64');
}
