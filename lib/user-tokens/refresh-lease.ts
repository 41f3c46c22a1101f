import { randomUUID } from 'node:crypto';
import { sleep, type Clock } from '../common/clock.js';
import { UserTokenStoreError } from './user-token.errors.js';
import type { UserTokenRecord } from './user-token.store.js';
import { TaskAborted } from '../common/detached-tasks.js';
import { LAST_RETRY_MS } from './write-retry-queue.js';
import type { UserTokenWriter } from './user-token-writer.js';
import type { ReplicaLock } from '../replicas/replica-lock.js';

/** What turns are taken with. */
export interface RefreshSettings {
  readonly lock: ReplicaLock | undefined;
  /** Others may have the same lock, and the same keys for their users. */
  readonly application: string;
  /** Whether other processes may have the same records. */
  readonly shared: boolean;
  readonly clock: Clock;
  /** How long a turn may take, in milliseconds: a peer that has died is waited for so long. */
  readonly turnMs: number;
  /** How much of that is left for the store, beside the token request. */
  readonly storeMs: number;
}

/** What a turn is wanted for. */
export interface WantedLease {
  readonly user: string;
  /** Whether to wait for another replica. */
  readonly waitForOthers: boolean;
  /** Once nobody waits for it any more. */
  readonly signal: AbortSignal;
  /** Whether another replica has done it meanwhile. */
  readonly isDone: () => Promise<boolean>;
}

const POLL_MS = 100;
/** Conflicts after which a store is taken for one that cannot write: what is spent then would be lost. */
const MAX_CONFLICTS = 10;
/** How long after an outage of the store whoever could not write it down has the right of way. */
const AFTER_OUTAGE_MS = LAST_RETRY_MS + 1_000;

type Note = NonNullable<UserTokenRecord['spending']>;

/** Somebody else is at it, and we have not waited. */
export class RefreshInProgressError extends Error {}

interface Wanted extends Omit<WantedLease, 'isDone'> {
  /** Who we are in notes. */
  readonly id: string;
  readonly isClosed: () => boolean;
}

/** One attempt to spend a refresh token that no other replica spends meanwhile. */
export class RefreshLease {
  #conflicts = 0;
  /** The note of somebody else that we wait for, and since when. */
  #awaited: { readonly note: string; readonly since: number } | undefined;
  /** The record with a note of ours that may be there. */
  #noted: UserTokenRecord | undefined;

  constructor(
    private readonly writer: UserTokenWriter,
    private readonly settings: RefreshSettings,
    private readonly wanted: Wanted,
  ) {}

  /** Whether a note of ours may be left in the record. */
  get hasNote(): boolean {
    return this.#noted !== undefined;
  }

  /** Waits, as long as anybody waits for us. */
  rest(ms = POLL_MS): Promise<void> {
    return sleep(this.settings.clock, ms, this.wanted.signal);
  }

  /**
   * Notes in the record that its refresh token is being spent. Whoever reads that waits, lock or no lock.
   *
   * @returns the record with the note; `taken` while somebody else is at it; nothing where it has to be read again at once
   * @throws {RefreshInProgressError} where somebody else is at it and is not waited for
   * @throws {UserTokenStoreError} what cannot be written down is not begun
   */
  async acquire(record: UserTokenRecord): Promise<UserTokenRecord | 'taken' | undefined> {
    const { shared, clock, turnMs, storeMs } = this.settings;
    const { id, user, waitForOthers, signal, isClosed } = this.wanted;
    signal.throwIfAborted();
    if (isClosed()) throw new TaskAborted('the application ends');
    if (!shared) return record;
    if (this.mustWaitFor(record.spending)) {
      if (waitForOthers) return 'taken';
      throw new RefreshInProgressError();
    }
    const now = clock.now();
    const spending = { by: `${id} ${randomUUID()}`, until: now + turnMs };
    const noted = { ...record, version: randomUUID(), spending };
    const before = this.#noted;
    // Also where it fails: a store that hangs may write it later.
    this.#noted = noted;
    if (!(await this.writer.note(user, noted, record.version))) {
      this.#noted = before;
      this.#conflicts += 1;
      if (this.#conflicts <= MAX_CONFLICTS) return undefined;
      throw new UserTokenStoreError('write', 'others changed the record again and again');
    }
    // Where we were stopped for so long, the note would end before the answer comes.
    return clock.now() - now <= storeMs ? noted : undefined;
  }

  /** The note goes with what is written now. */
  done(): void {
    this.#noted = undefined;
  }

  /** Takes the note back, as nothing came of it; as soon as the store lets us. Never throws. */
  async giveUp(): Promise<void> {
    const noted = this.#noted;
    this.#noted = undefined;
    if (noted) await this.writer.takeBack(this.wanted.user, noted);
  }

  /** No turn takes longer than it may, whatever the clock of another says. */
  private mustWaitFor(note: Note | undefined): boolean {
    const now = this.settings.clock.now();
    if (!note || note.by.startsWith(this.wanted.id)) return false;
    const { recoveredAt = -Infinity } = this.writer;
    // Whoever was at it when the store went away has what came of it, and writes it down now.
    const end = Math.max(note.until, Math.min(recoveredAt, now) + AFTER_OUTAGE_MS);
    if (end <= now) return false;
    const name = `${note.by} ${note.until}`;
    if (this.#awaited?.note !== name) this.#awaited = { note: name, since: now };
    return now - this.#awaited.since < this.settings.turnMs;
  }
}
