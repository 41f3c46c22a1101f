import type { Clock } from '../../common/clock.js';

/** Fetches that unknown key ids may cause in a row, and how soon each comes back. */
const CAPACITY = 3;
const REFILL_MS = 2_800;

/**
 * Bounds the fetches that unknown key ids cause: a new signing key is fetched at once, a flood of
 * made-up ids costs one fetch every few seconds, and never touches the look-up of known keys.
 */
export class FetchBudget {
  private left = CAPACITY;
  private refilledAt: number;

  constructor(private readonly clock: Clock) {
    this.refilledAt = clock.now();
  }

  /** Takes one fetch, if there is one left. */
  take(): boolean {
    const now = this.clock.now();
    const refills = Math.floor((now - this.refilledAt) / REFILL_MS);
    if (refills > 0) {
      this.left = Math.min(CAPACITY, this.left + refills);
      this.refilledAt += refills * REFILL_MS;
    }
    // A clock that was set back must not lock the budget up until it catches up.
    if (refills < 0) this.refilledAt = now;
    if (this.left === 0) return false;
    this.left -= 1;
    return true;
  }
}
