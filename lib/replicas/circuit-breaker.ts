import type { Logger } from '@nestjs/common';
import type { Clock } from '../common/clock.js';
import { kindOfError } from '../common/kind-of-error.js';
import { remainingMs } from '../common/remaining.js';
import { TimeoutError } from '../common/with-timeout.js';
import { withActiveTimeout } from '../common/with-active-timeout.js';

/** How long an operation may take. An outage is to cost speed, and not much of it. */
const LIMIT_MS = 250;
/** How long after a failure it is left alone, so that not every call pays for the outage. */
const COOL_DOWN_MS = 1_000;

/** What the log says of it. */
export interface CircuitBreakerWords {
  /** The option, which also names the codes: `token_cache_unavailable`. */
  readonly option: 'tokenCache' | 'tokenLock';
  readonly code: 'token_cache' | 'token_lock';
  /** What is done meanwhile, as a sentence. */
  readonly without: string;
}

/** What an operation does. What only writes may fail while all the rest goes on, as where Redis is full. */
export type GuardedOperation = 'any' | 'write';

/**
 * Whether it works, or what fails. Another object after each change: an operation says nothing about a state in which it
 * did not begin.
 */
interface State {
  /** What fails: writes alone, or everything. */
  readonly down: GuardedOperation | undefined;
  readonly restsUntil: number;
  /** Whether one tries whether it is back. */
  trying: boolean;
}

/**
 * Something outside of the process that one can do without. After a failure it is left alone for a second, then tried by
 * one while all others go on without it. Told in the log when that begins and when it is over.
 */
export class CircuitBreaker {
  #state: State = { down: undefined, restsUntil: 0, trying: false };

  constructor(
    private readonly words: CircuitBreakerWords,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Whether it failed when it was last asked. */
  get isDown(): boolean {
    return this.#state.down !== undefined;
  }

  /** What it answers; `otherwise` where it does not, or is not asked. Never throws. */
  async try<T, U>(
    work: () => Promise<T>,
    otherwise: U,
    operation: GuardedOperation = 'any',
  ): Promise<T | U> {
    const state = this.#state;
    // What is of another kind than what failed cannot tell whether that works again.
    const probing = state.down === operation;
    if (probing ? state.trying || this.inBackoff(state) : state.down === 'any') return otherwise;
    state.trying ||= probing;
    try {
      const answer = await withActiveTimeout(LIMIT_MS, work);
      if (probing && state === this.#state) this.recovered();
      return answer;
    } catch (error) {
      if (state === this.#state) this.failed(error, operation);
      return otherwise;
    } finally {
      if (probing) state.trying = false;
    }
  }

  private inBackoff({ restsUntil }: State): boolean {
    return remainingMs(restsUntil, this.clock.now(), COOL_DOWN_MS) > 0;
  }

  private failed(error: unknown, operation: GuardedOperation): void {
    const { down } = this.#state;
    const restsUntil = this.clock.now() + COOL_DOWN_MS;
    this.#state = { down: operation, restsUntil, trying: false };
    if (down) return;
    const { option, code, without } = this.words;
    // Not what it threw, which may hold a connection string.
    const name = kindOfError(error);
    const reason = error instanceof TimeoutError ? error.message : `threw ${name}`;
    this.logger.warn(`${code}_unavailable: ${option} ${reason}. ${without}`);
  }

  private recovered(): void {
    this.#state = { down: undefined, restsUntil: 0, trying: false };
    this.logger.log(`${this.words.code}_recovered: ${this.words.option} answers again.`);
  }
}
