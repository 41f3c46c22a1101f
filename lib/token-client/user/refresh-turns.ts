import { randomUUID } from 'node:crypto';
import { sleep, type Clock } from '../../common/clock.js';
import type { ReplicaLock } from '../sharing/replica-lock.js';
import { UserLock } from './user-lock.js';
import type { UserTokenRecord } from './user-token.store.js';
import { UserTokenStoreError } from './user-token.errors.js';
import type { UserTokenWriter } from './user-token-writer.js';

const LOOK_MS = 100;
/** Conflicts after which a store is taken for one that cannot write: what is spent then would be lost. */
const MAX_CONFLICTS = 10;

/** Somebody else is at it, and we have not waited. */
export class TakenError extends Error {}

/**
 * Lets one at a time spend the refresh token of a user: within the process in the order in which they came, between
 * replicas by the lock, and where the lock fails by a note in the record, which only one can write.
 */
export class RefreshTurns {
  readonly #local = new UserLock();
  readonly #id = randomUUID();

  /** @param turnMs how long it may take one of them, in milliseconds: a peer that has died is waited for so long */
  constructor(
    private readonly writer: UserTokenWriter,
    private readonly lock: ReplicaLock | undefined,
    private readonly clock: Clock,
    private readonly turnMs: number,
  ) {}

  /** How long whoever waits for its turn has to wait at most, its own turn included. */
  get limitMs(): number {
    return this.lock ? 2 * this.turnMs + LOOK_MS : this.turnMs;
  }

  /** Runs work within the process, after whatever is under way for the user here. */
  inProcess<T>(user: string, work: () => Promise<T>): Promise<T> {
    return this.#local.run(user, work);
  }

  /**
   * Runs work while no other replica runs work for the user, as far as that can be had.
   *
   * @param patient whether to wait for another replica
   * @throws {TakenError} where it is not waited for
   */
  run<T>(user: string, patient: boolean, work: () => Promise<T>): Promise<T> {
    return this.inProcess(user, async () => {
      const times = { ttlMs: this.turnMs, waitMs: patient ? this.turnMs : 0 };
      const lease = await this.lock?.take(['user', user], times);
      if (lease === 'taken' && !patient) throw new TakenError();
      try {
        return await work();
      } finally {
        if (typeof lease === 'object') void lease.release();
      }
    });
  }

  /**
   * Notes in the record that its refresh token is being spent. Whoever reads that waits, lock or no lock.
   *
   * @returns the record with the note; nothing where it has to be read again
   * @throws {TakenError} where somebody else is at it and is not waited for
   * @throws {UserTokenStoreError} what cannot be written down is not begun
   */
  async claim(
    user: string,
    record: UserTokenRecord,
    { patient, attempt }: { patient: boolean; attempt: number },
  ): Promise<UserTokenRecord | undefined> {
    if (!this.lock) return record;
    const { by, until } = record.spending ?? { by: this.#id, until: 0 };
    const now = this.clock.now();
    const waits = this.turnMs / LOOK_MS;
    // No turn takes longer, whatever another clock says.
    if (by !== this.#id && until > now && attempt < waits) {
      if (!patient) throw new TakenError();
      await sleep(this.clock, LOOK_MS, new AbortController().signal);
      return undefined;
    }
    if (attempt > waits + MAX_CONFLICTS) {
      throw new UserTokenStoreError('write', 'others changed the record again and again');
    }
    const spending = { by: this.#id, until: now + this.turnMs };
    const claimed = { ...record, version: randomUUID(), spending };
    const written = await this.writer.note(user, claimed, record.version);
    return written ? claimed : undefined;
  }

  /** Takes the note back, as nothing came of it. */
  async giveUp(user: string, record: UserTokenRecord): Promise<void> {
    if (record.spending?.by !== this.#id) return;
    const without = { ...record, version: randomUUID(), spending: undefined };
    // It ends by itself.
    await this.writer.note(user, without, record.version).catch(() => false);
  }
}
