import { setMaxListeners } from 'node:events';
import type { Logger } from '@nestjs/common';
import { sleep, type Clock } from '../../common/clock.js';
import { digestOf } from '../../common/digest.js';
import { isJsonObject } from '../../common/json.js';
import { remainingMs } from '../../common/remaining.js';
import { Remote } from './remote.js';
import type { TokenLease, TokenLock } from './token-lock.js';

/** How soon those who wait look again: seldom enough to be no load, often enough that nobody waits for nothing. */
const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 40;
/** How often those who wait look for what they want, before they try to take the lock again. */
const LOOKS_PER_TRY = 8;

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
  readonly #remote: Remote;
  readonly #closed = new AbortController();
  /** Locks on their way back. */
  readonly #releases = new Set<Promise<unknown>>();

  constructor(
    lock: TokenLock,
    private readonly clock: Clock,
    logger: Logger,
  ) {
    this.#lock = lock;
    // As many wait as there are tokens wanted, which is no leak that Node should warn of.
    setMaxListeners(0, this.#closed.signal);
    this.#remote = new Remote(
      {
        option: 'tokenLock',
        code: 'token_lock',
        without:
          'Until it does, each replica asks for tokens on its own; only a store that writes on a condition keeps refresh tokens from being spent twice.',
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
    while (this.#releases.size > 0) await Promise.allSettled(this.#releases);
  }

  private async acquire(key: string, ttlMs: number): Promise<LockOutcome> {
    let late = false;
    const lease = await this.#remote.try(async () => {
      const acquired: unknown = await this.#lock.acquire(key, ttlMs);
      if (!isLease(acquired)) return 'taken';
      // Nobody would give it back, and everybody would wait for its end.
      if (late) await acquired.release();
      return acquired;
    }, 'unavailable' as const);
    late = lease === 'unavailable';
    return typeof lease === 'string' ? lease : this.careful(lease);
  }

  /**
   * Gives it back without a fuss, and also while the lock is left alone: for what is not given back, the others would wait
   * until it ends by itself.
   */
  private careful(lease: TokenLease): TokenLease {
    const release = async () => lease.release();
    return {
      release: async () => {
        if (this.#remote.isDown) void release().catch(() => undefined);
        else await this.awaited(this.#remote.try(release, undefined));
      },
    };
  }

  private async awaited(release: Promise<unknown>): Promise<void> {
    this.#releases.add(release);
    await release.finally(() => this.#releases.delete(release));
  }

  private async rest(ms: number): Promise<void> {
    await sleep(this.clock, ms, this.#closed.signal).catch(() => undefined);
  }
}

/** Whether that is a lock which was taken. One of the application's own may also say `false` or `null` where it was not. */
function isLease(acquired: unknown): acquired is TokenLease {
  return isJsonObject(acquired) && typeof acquired['release'] === 'function';
}
