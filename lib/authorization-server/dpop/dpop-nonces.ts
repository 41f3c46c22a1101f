import { LRUCache } from 'lru-cache';
import { atMost } from '../../common/at-most.js';

const MAX_ORIGINS = 100;
/** NQCHAR of RFC 6749, as RFC 9449 section 8.1 says; the length is ours. */
const NONCE = /^[\x21\x23-\x5b\x5d-\x7e]{1,2048}$/;

/** The nonces that servers want to see in proofs. Each server's own is only shown to itself. */
export class DPoPNonces {
  readonly #nonces = new LRUCache<string, string>(atMost(MAX_ORIGINS));

  of(origin: string): string | undefined {
    return this.#nonces.get(origin);
  }

  /** Keeps what a server says in `DPoP-Nonce`, whatever its answer; false where it says nothing usable. */
  learn(origin: string, nonce: unknown): boolean {
    if (typeof nonce !== 'string' || !NONCE.test(nonce)) return false;
    this.#nonces.set(origin, nonce);
    return true;
  }
}
