import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.js';
import { sha256, Sightings } from '../../common/sightings.js';
import { heapBytesOf } from './heap-bytes.js';
import type { IssuerVerification } from '../issuers/issuer-registry.js';
import { RESOLVED_OPTIONS } from '../jwt-auth.tokens.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { VerifiedAccessToken } from './verified-access-token.js';

interface Entry extends Pick<IssuerVerification, 'issuer' | 'key' | 'goodFromMs' | 'goodUntilMs'> {
  readonly token: VerifiedAccessToken;
}

/** How many tokens seen once are told from others, at least. */
const MIN_SIGHTINGS = 16_384;
/** No token takes so much room that fewer than these could be kept. */
const MIN_TOKENS = 512;

/**
 * Remembers tokens that have been verified, by the hash of the whole token (with less, a changed signature would be taken
 * for the good one), so that their signature is not checked each time. It makes a guarded endpoint about as fast as an open
 * one. What can change is looked at each time: the time, and whether the key is still one of the issuer's. The verifier
 * fills it, and the guard looks into it first.
 *
 * A token is kept from its second sight on: what is kept costs the garbage collector more than a signature costs,
 * and many a token is used once. What is kept is bounded by its size too, as whoever makes tokens decides on theirs.
 */
@Injectable()
export class VerifiedTokenCache {
  private readonly entries: LRUCache<string, Entry> | undefined;
  private readonly sightings: Sightings;
  private readonly size: number;
  private readonly maxEntryBytes: number;
  private readonly clock: Clock;
  /** What was looked for in vain right now, for the verifier, which is asked next: to hash takes longer than all the rest. */
  // Not `private`: it holds a token, and whoever prints the provider is not to see it.
  #missed: { readonly raw: string; readonly digest: string } | undefined;

  constructor(
    @Inject(RESOLVED_OPTIONS)
    { verifiedTokenCacheSize: size, verifiedTokenCacheBytes: bytes, clock }: ResolvedOptions,
  ) {
    this.size = size;
    this.clock = clock;
    this.maxEntryBytes = Math.floor(bytes / MIN_TOKENS);
    const isOn = size > 0 && this.maxEntryBytes > 0;
    // Without a `max`, with which it takes room for all of them at once.
    if (isOn) this.entries = new LRUCache({ maxSize: bytes });
    this.sightings = new Sightings(isOn ? Math.max(MIN_SIGHTINGS, size * 2) : 1);
  }

  /** The token, if it was verified before and would be found good again. */
  recall(raw: string): VerifiedAccessToken | undefined {
    if (!this.entries) return undefined;
    const digest = sha256(raw);
    const token = this.get(digest);
    this.#missed = token ? undefined : { raw, digest };
    return token;
  }

  /** What a token is remembered by. */
  digestOf(raw: string): string {
    if (!this.entries) return '';
    const missed = this.#missed;
    // For one time: no token is to be compared with that of another request.
    this.#missed = undefined;
    return missed?.raw === raw ? missed.digest : sha256(raw);
  }

  /** The token with this digest, if it was verified before and would be found good again. */
  get(digest: string): VerifiedAccessToken | undefined {
    const entry = this.entries?.get(digest);
    if (!entry) return undefined;
    const { token, issuer, key, goodFromMs, goodUntilMs } = entry;
    const nowMs = this.clock.now();
    const inTime = nowMs >= goodFromMs && nowMs < goodUntilMs;
    if (inTime && issuer.isTrusted(nowMs) && issuer.keys.trusts(key)) return token;
    this.entries?.delete(digest);
    return undefined;
  }

  set(digest: string, token: VerifiedAccessToken, verification: IssuerVerification): void {
    if (!this.entries) return;
    // To be wrong here costs a place in the cache, and no more.
    if (!this.sightings.add(digest)) return;
    const size = heapBytesOf(token, this.maxEntryBytes);
    if (size > this.maxEntryBytes) return;
    const { issuer, key, goodFromMs, goodUntilMs } = verification;
    this.entries.set(digest, { token, issuer, key, goodFromMs, goodUntilMs }, { size });
    if (this.entries.size > this.size) this.entries.pop();
  }
}
