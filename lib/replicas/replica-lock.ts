import { setMaxListeners } from 'node:events';
import type { Logger } from '@nestjs/common';
import { sleep, type Clock } from '../common/clock.js';
import { digestOf } from '../common/digest.js';
import { isJsonObject } from '../common/json.js';
import { remainingMs } from '../common/remaining.js';
import { withTimeout } from '../common/with-timeout.js';
import { CircuitBreaker } from './circuit-breaker.js';
import type { TokenLease, TokenLock } from './token-lock.js';

/** How soon those who wait look again: seldom enough to be no load, often enough that nobody waits for nothing. */
const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 40;
/** How often those who wait look for what they want, before they try to take the lock again. */
const LOOKS_PER_TRY = 8;
/** How long the end of the application waits for what is not given back. */
const CLOSE_MS = 1_000;

/** How long a lock is held and waited for, in milliseconds. */
export interface LockTimes {
  readonly ttlMs: number;
  readonly waitMs: number;
}

/** Held, with what gives it back; held by somebody else all the time; there is none to be had; or it is not needed. */
export type LockOutcome = TokenLease | 'taken' | 'unavailable' | 'settled';

/** The lock between replicas, which is a help and never in the way: what it cannot do is done without it. */
export class ReplicaLock {
  readonly #lock: TokenLock;
  readonly #breaker: CircuitBreaker;
  readonly #closed = new AbortController();
  /** How many are asked for, held, or on their way back. */
  #out = 0;
  #allBack = (): void => {};

  constructor(
    lock: TokenLock,
    private readonly clock: Clock,
    logger: Logger,
  ) {
    this.#lock = lock;
    // As many wait as there are tokens wanted, which is no leak that Node should warn of.
    setMaxListeners(0, this.#closed.signal);
    this.#breaker = new CircuitBreaker(
      {
        option: 'tokenLock',
        code: 'token_lock',
        without:
          'Until it works again, each replica asks for tokens on its own; only a store that writes on a condition keeps refresh tokens from being spent twice.',
      },
      clock,
      logger,
    );
  }

  /**
   * Takes the lock, and waits for it if need be. Never throws.
   *
   * @param settled whether somebody else has done meanwhile what it is wanted for, so that nobody needs it any more
   */
  async take(
    what: unknown,
    { ttlMs, waitMs }: LockTimes,
    settled?: () => Promise<boolean>,
  ): Promise<LockOutcome> {
    const key = digestOf(what);
    const until = this.clock.now() + waitMs;
    for (let looks = 0, waitFor = FIRST_LOOK_MS; ; looks++) {
      // Most of those who wait get what they want from whoever has it, and need not take turns for that.
      const asks = !settled || looks % LOOKS_PER_TRY === 0;
      const outcome = asks ? await this.acquire(key, ttlMs) : 'taken';
      const left = remainingMs(until, this.clock.now(), waitMs);
      if (outcome !== 'taken' || left === 0 || this.#closed.signal.aborted) return outcome;
      await this.rest(Math.min(waitFor * (0.5 + Math.random() / 2), left));
      if (await settled?.()) return 'settled';
      waitFor = Math.min(waitFor * 1.5, LAST_LOOK_MS);
    }
  }

  /** Lets those who wait go on, and waits for what is given back: the connection may be closed then. */
  async close(): Promise<void> {
    this.#closed.abort();
    if (this.#out === 0) return;
    const back = new Promise<void>((resolve) => (this.#allBack = resolve));
    await withTimeout(CLOSE_MS, () => back).catch(() => undefined);
  }

  private async acquire(key: string, ttlMs: number): Promise<LockOutcome> {
    let late = false;
    const lease = await this.#breaker.try(async () => {
      const acquired = await this.ask(key, ttlMs);
      // Nobody would give it back, and everybody would wait for its end.
      if (late && acquired !== 'taken') await acquired.release();
      return acquired;
    }, 'unavailable' as const);
    late = lease === 'unavailable';
    return typeof lease === 'string' ? lease : this.careful(lease);
  }

  /** Asks, and counts what comes of it as long as it is not given back. */
  private async ask(key: string, ttlMs: number): Promise<TokenLease | 'taken'> {
    this.#out += 1;
    let out = true;
    const back = (): void => {
      if (out) this.#out -= 1;
      out = false;
      if (this.#out === 0) this.#allBack();
    };
    try {
      const acquired: unknown = await this.#lock.acquire(key, ttlMs);
      if (isLease(acquired)) return { release: () => release(acquired).finally(back) };
      back();
      return 'taken';
    } catch (error) {
      back();
      throw error;
    }
  }

  /**
   * Gives it back without a fuss, and also while the lock is left alone: for what is not given back, the others would wait
   * until it ends by itself.
   */
  private careful(lease: TokenLease): TokenLease {
    return {
      release: async () => {
        if (this.#breaker.isDown) void lease.release().catch(() => undefined);
        else await this.#breaker.try(() => lease.release(), undefined);
      },
    };
  }

  private async rest(ms: number): Promise<void> {
    await sleep(this.clock, ms, this.#closed.signal).catch(() => undefined);
  }
}

/** Whether that is a lock which was taken. One of the application's own may also say `false` or `null` where it was not. */
function isLease(acquired: unknown): acquired is TokenLease {
  return isJsonObject(acquired) && typeof acquired['release'] === 'function';
}

/** One of the application's own may throw at once. */
async function release(lease: TokenLease): Promise<void> {
  await lease.release();
}
