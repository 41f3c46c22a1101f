import type { Clock } from './clock.js';

/**
 * Bounds what happens too often: a few times in a row at once, then only as often as it is refilled.
 */
export class Budget {
  private left: number;
  private refilledAt: number;

  constructor(
    private readonly clock: Clock,
    private readonly capacity: number,
    private readonly refillMs: number,
  ) {
    this.left = capacity;
    this.refilledAt = clock.now();
  }

  /** Whether there is one left. */
  get available(): boolean {
    const now = this.clock.now();
    const refills = Math.floor((now - this.refilledAt) / this.refillMs);
    if (refills > 0) {
      this.left = Math.min(this.capacity, this.left + refills);
      this.refilledAt += refills * this.refillMs;
    }
    // A clock that was set back must not lock the budget up until it catches up.
    if (refills < 0) this.refilledAt = now;
    return this.left > 0;
  }

  /** Takes one, if there is one left. */
  take(): boolean {
    if (!this.available) return false;
    this.left -= 1;
    return true;
  }

  /** Gives one back that was taken, and did no harm. */
  giveBack(): void {
    this.left = Math.min(this.capacity, this.left + 1);
  }
}
