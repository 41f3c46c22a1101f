import { Budget } from '../../common/budget.js';
import type { Clock } from '../../common/clock.js';
import { KeysUnavailableError } from '../errors.js';
import type { SignedToken } from '../verification/decode-token.js';
import { verifySignature } from '../verification/verify-signature.js';
import type { VerificationKey } from './verification-key.js';

/** What every token may cost. Nearly always one key has the `kid` of the token. */
const FREE_TRIES = 4;
/** How many tokens may cost more: somebody could send many that no key has signed. */
const LONG_SEARCHES = { inARow: 20, refillMs: 100 };
const RETRY_AFTER_SECONDS = 1;

/**
 * Finds out which of several keys has signed a token that does not say so. The keys that did it last are tried first, so
 * that a token of theirs costs one or a few tries however large the key set is, and only a bounded number of other
 * tokens is tried against all of them.
 */
export class SignerSearch {
  private recent: readonly VerificationKey[] = [];
  private readonly long: Budget;

  constructor(clock: Clock) {
    this.long = new Budget(clock, LONG_SEARCHES.inARow, LONG_SEARCHES.refillMs);
  }

  /**
   * @returns nothing when none of the candidates has signed the token
   * @throws {KeysUnavailableError} when too many tokens want a long search at the moment
   */
  async find(
    token: SignedToken,
    candidates: readonly VerificationKey[],
  ): Promise<VerificationKey | undefined> {
    const { alg } = token.header;
    const [first, rest] = this.inOrder(candidates);
    const found = await verifySignature(token, alg, first);
    if (found) return this.remember(found);
    if (rest.length === 0) return undefined;
    if (!this.long.take()) {
      throw new KeysUnavailableError(
        RETRY_AFTER_SECONDS,
        `${candidates.length} keys fit, and too many tokens without the name of their key are being tried`,
      );
    }
    const late = await verifySignature(token, alg, rest);
    return late && this.remember(late);
  }

  private inOrder(candidates: readonly VerificationKey[]) {
    if (candidates.length <= FREE_TRIES) return [candidates, []] as const;
    const known = this.recent.filter((key) => candidates.includes(key));
    const ordered = [...new Set([...known, ...candidates])];
    return [ordered.slice(0, FREE_TRIES), ordered.slice(FREE_TRIES)] as const;
  }

  private remember(key: VerificationKey): VerificationKey {
    if (this.recent[0] !== key)
      this.recent = [key, ...this.recent.filter((other) => other !== key)].slice(0, FREE_TRIES);
    return key;
  }
}
