import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  RefreshInProgressError,
  RefreshLease,
  type RefreshSettings,
  type WantedLease,
} from './refresh-lease.js';
import { KeyedQueue } from '../common/keyed-queue.js';
import type { UserTokenWriter } from './user-token-writer.js';

/**
 * Lets one at a time spend the refresh token of a user: within the process in the order in which they came, between
 * replicas by the lock, and where the lock fails by a note in the record, which only one can write.
 */
export class RefreshCoordinator {
  readonly #queue = new KeyedQueue();
  readonly #writing = new KeyedQueue();
  /** What must not be given up half-way. */
  readonly #critical = new Set<Promise<unknown>>();
  /** Who we are in notes. */
  readonly #id = randomUUID();
  #closed = false;

  constructor(
    private readonly writer: UserTokenWriter,
    private readonly settings: RefreshSettings,
  ) {}

  /** How long whoever waits for its turn has to wait at most, its own turn included. */
  get limitMs(): number {
    const { shared, turnMs } = this.settings;
    return shared ? 2 * turnMs : turnMs;
  }

  /** Runs work that changes the record of a user, after whatever changes it here at the moment. */
  async exclusively<T>(user: string, work: () => Promise<T>): Promise<T> {
    const running = this.#writing.run(user, work);
    this.#critical.add(running);
    try {
      return await running;
    } finally {
      this.#critical.delete(running);
    }
  }

  /**
   * Runs work while no other replica runs work for the user, as far as that can be had.
   *
   * @throws {RefreshInProgressError} where another replica is not waited for
   */
  run<T>(wanted: WantedLease, work: (turn: RefreshLease) => Promise<T>): Promise<T> {
    const { user, waitForOthers, isDone } = wanted;
    const { lock, application, turnMs } = this.settings;
    // Whoever does not wait for another replica does not wait for those who do.
    return this.#queue.run(`${waitForOthers} ${user}`, async () => {
      const times = { ttlMs: turnMs, waitMs: waitForOthers ? turnMs : 0 };
      const what = ['user', application, user];
      const lease = await lock?.take(what, times, waitForOthers ? isDone : undefined);
      if (lease === 'taken' && !waitForOthers) throw new RefreshInProgressError();
      const asked = { ...wanted, id: this.#id, isClosed: () => this.#closed };
      const turn = new RefreshLease(this.writer, this.settings, asked);
      try {
        return await work(turn);
      } finally {
        this.takeBack(turn, user);
        // Nobody waits for it, but for the end of the application.
        if (typeof lease === 'object') void lease.release();
      }
    });
  }

  /** In the background, as the refresh has failed already; nobody here spends anything for the user meanwhile. */
  private takeBack(turn: RefreshLease, user: string): void {
    if (turn.hasNote) void this.exclusively(user, () => turn.giveUp());
  }

  /** Begins nothing any more, and waits for what has begun: a refresh token may be on its way. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#critical);
    // Whoever was at it takes back what it has noted.
    await setImmediate();
    await Promise.allSettled(this.#critical);
  }
}
