import type { Clock } from '../../common/clock.js';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 2_000;

/** When a token request is repeated: not too often, not all at once, and not where the time is over. */
export class RetryPolicy {
  private readonly startedAt: number;
  private tries = 0;

  constructor(
    private readonly retries: number,
    private readonly timeoutMs: number,
    private readonly clock: Clock,
  ) {
    this.startedAt = clock.now();
  }

  /**
   * How long to wait before the next attempt, in milliseconds, or nothing when there is none.
   *
   * @param demandedMs how long the server asked us to wait
   */
  nextWaitMs(demandedMs: number | undefined): number | undefined {
    if (this.tries++ >= this.retries) return undefined;
    // At random over the whole range, so that many processes do not come back together.
    const longest = Math.min(FIRST_WAIT_MS * 2 ** (this.tries - 1), LONGEST_WAIT_MS);
    const wait = demandedMs ?? Math.random() * longest;
    return this.clock.now() - this.startedAt + wait < this.timeoutMs ? wait : undefined;
  }
}
