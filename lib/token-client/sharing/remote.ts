import type { Logger } from '@nestjs/common';
import type { Clock } from '../../common/clock.js';
import { remainingMs } from '../../common/remaining.js';
import { TimeIsUp } from '../../common/within-time.js';
import { withinAwakeTime } from './within-awake-time.js';

/** How long an operation may take. An outage is to cost speed, and not much of it. */
const LIMIT_MS = 250;
/** How long after a failure it is left alone, so that not every call pays for the outage. */
const COOL_DOWN_MS = 1_000;

/** What the log says of it. */
export interface RemoteWords {
  /** The option, which also names the codes: `token_cache_unavailable`. */
  readonly option: 'tokenCache' | 'tokenLock';
  readonly code: 'token_cache' | 'token_lock';
  /** What is done meanwhile, as a sentence. */
  readonly without: string;
}

/**
 * Something outside of the process that one can do without. After a failure it is left alone for a second, then tried by
 * one while all others go on without it. Told in the log when that begins and when it is over.
 */
export class Remote {
  #downUntil = 0;
  #down = false;
  #trying = false;

  constructor(
    private readonly words: RemoteWords,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Whether it failed when it was last asked. */
  get isDown(): boolean {
    return this.#down;
  }

  /** What it answers; `otherwise` where it does not, or is not asked. Never throws. */
  async try<T, U>(work: () => Promise<T>, otherwise: U): Promise<T | U> {
    if (this.#down && (this.#trying || this.mustRest())) return otherwise;
    this.#trying = this.#down;
    try {
      const answer = await withinAwakeTime(LIMIT_MS, work);
      this.isBack();
      return answer;
    } catch (error) {
      this.failed(error);
      return otherwise;
    } finally {
      this.#trying = false;
    }
  }

  private mustRest(): boolean {
    return remainingMs(this.#downUntil, this.clock.now(), COOL_DOWN_MS) > 0;
  }

  private failed(error: unknown): void {
    this.#downUntil = this.clock.now() + COOL_DOWN_MS;
    if (this.#down) return;
    this.#down = true;
    const { option, code, without } = this.words;
    // Not what it threw, which may hold a connection string.
    const name = error instanceof Error ? error.name : 'something';
    const reason = error instanceof TimeIsUp ? error.message : `threw ${name}`;
    this.logger.warn(`${code}_unavailable: ${option} ${reason}. ${without}`);
  }

  private isBack(): void {
    if (!this.#down) return;
    this.#down = false;
    this.logger.log(`${this.words.code}_recovered: ${this.words.option} answers again.`);
  }
}
