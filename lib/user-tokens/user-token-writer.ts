import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { atMost } from '../common/at-most.js';
import type { Clock } from '../common/clock.js';
import type { UserReference } from '../common/current-request.js';
import { readRecord } from './is-user-token-record.js';
import type { StoreCircuitBreaker } from './store-circuit-breaker.js';
import { areDifferent } from './user-identity.js';
import { UserReferenceError } from './user-reference.error.js';
import { checkReference } from './user-reference.js';
import { UserTokenStoreError } from './user-token.errors.js';
import type { UserTokenRecord, UserTokenStore } from './user-token.store.js';
import { WriteRetryQueue, type Change } from './write-retry-queue.js';

const MAX_CONFLICTS = 5;
const MAX_DELETIONS = 10_000;

/** What became of a change: written, overtaken by another sign-in or refresh, or too late for a user who is gone. */
export type Outcome = 'written' | 'overtaken' | 'gone';

/** Reads and writes records, so that a refresh token which could not be stored is not lost with the call. */
export class UserTokenWriter {
  readonly #unsaved: WriteRetryQueue;
  /** Another with each sign-out: a write that was on its way then is undone. */
  readonly #deletions = new LRUCache<string, object>(atMost(MAX_DELETIONS));

  constructor(
    private readonly store: UserTokenStore,
    private readonly guard: StoreCircuitBreaker,
    clock: Clock,
  ) {
    this.#unsaved = new WriteRetryQueue((user, change) => this.apply(user, change), clock);
    guard.onRecovered(() => this.#unsaved.retryNow());
  }

  /** When the store last began to work again, in milliseconds since the epoch. */
  get recoveredAt(): number | undefined {
    return this.guard.recoveredAt;
  }

  /** @throws {UserTokenStoreError} */
  async read(user: string): Promise<UserTokenRecord | undefined> {
    await this.#unsaved.saveNeeded(user);
    return this.find(user);
  }

  /**
   * The record of a user, if it is about the one that is meant.
   *
   * @throws {UserTokenStoreError}
   * @throws {UserReferenceError} it is about another
   */
  async readOf(user: UserReference): Promise<UserTokenRecord | undefined> {
    const record = await this.read(user.key);
    checkReference(user, record);
    return record;
  }

  /**
   * The record as it would be if all could be written: for whoever is about to delete it, so nothing is.
   *
   * @throws {UserTokenStoreError}
   */
  async readForDeletion(user: string): Promise<UserTokenRecord | undefined> {
    const change = this.#unsaved.of(user);
    if (!change) return this.find(user);
    const found = await this.find(user).catch(() => change.from);
    const fits = found && found.refreshToken === change.from.refreshToken;
    return fits ? change.next(found) : found;
  }

  /**
   * Writes a record whatever was there before, if that is not known to be of somebody else than the one who is named.
   *
   * @throws {UserTokenStoreError}
   * @throws {UserReferenceError} it is
   */
  async put(reference: UserReference, record: UserTokenRecord): Promise<void> {
    const user = reference.key;
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const current = await this.find(user);
      if (current && areDifferent(reference, current))
        throw new UserReferenceError('contradiction');
      if (await this.write(user, record, current?.version)) {
        this.#unsaved.forget(user);
        return;
      }
    }
    throw tooManyConflicts();
  }

  /**
   * Makes a change, unless the user is gone or somebody was faster. Where the store fails, it is tried again from time to
   * time.
   */
  async replace(user: string, change: Change): Promise<Outcome> {
    try {
      return await this.apply(user, change);
    } catch (error) {
      this.#unsaved.keep(user, change);
      throw error;
    }
  }

  /**
   * Marks that the refresh token is worth nothing. Access tokens may serve until they end.
   *
   * @param expected the version that is there
   */
  async end(user: string, record: UserTokenRecord, expected = record.version): Promise<void> {
    const ended = { ...record, version: randomUUID(), ended: true, spending: undefined };
    // A record that somebody else wrote meanwhile is a better one.
    await this.note(user, ended, expected);
  }

  /**
   * Writes a record that is no worse lost.
   *
   * @returns whether it was written
   * @throws {UserTokenStoreError}
   */
  async note(user: string, record: UserTokenRecord, expected: string): Promise<boolean> {
    const deletion = this.#deletions.get(user);
    const written = await this.write(user, record, expected);
    return written && !(await this.undone(user, deletion));
  }

  /**
   * Takes the note back that a refresh token is being spent, if nobody has replaced it; as soon as the store works. Another
   * version is written in any case: so a note that is still on its way comes too late. Never throws.
   */
  async takeBack(user: string, noted: UserTokenRecord): Promise<void> {
    const next = (current: UserTokenRecord): UserTokenRecord => {
      const ours = current.spending?.by === noted.spending?.by;
      const spending = ours ? undefined : current.spending;
      return { ...current, version: randomUUID(), spending };
    };
    await this.replace(user, { from: noted, next, optional: true }).catch(() => undefined);
  }

  async delete(user: string): Promise<void> {
    this.#deletions.set(user, {});
    // Nor is it written later what could not be written before, whatever becomes of this.
    this.#unsaved.forget(user);
    await this.guard.attempt('delete', () => this.store.delete(user));
  }

  /** Writes what could not be written, once more and for the last time. */
  close(): Promise<void> {
    return this.#unsaved.close();
  }

  private async apply(user: string, { from, next, always, tooLate }: Change): Promise<Outcome> {
    let current = from;
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const deletion = this.#deletions.get(user);
      const written = await this.write(user, next(current), current.version);
      if (await this.undone(user, deletion)) {
        await tooLate?.();
        return 'gone';
      }
      if (written) return 'written';
      const found = await this.find(user);
      if (!found || areDifferent(found, from)) {
        await tooLate?.();
        return 'gone';
      }
      // Another sign-in, or a peer that came in between: what is there is not ours to replace. A peer that took
      // our refresh token for a dead one, because we had used it, has marked it; that is not true any more.
      if (!always && found.refreshToken !== from.refreshToken) return 'overtaken';
      current = found;
    }
    throw tooManyConflicts();
  }

  /** Where the user signed out while a record was on its way to a store that cannot tell. */
  private async undone(user: string, deletion: object | undefined): Promise<boolean> {
    if (this.#deletions.get(user) === deletion) return false;
    await this.delete(user);
    return true;
  }

  private async find(user: string): Promise<UserTokenRecord | undefined> {
    return readRecord(await this.guard.attempt('read', () => this.store.get(user)));
  }

  private write(user: string, record: UserTokenRecord, expected?: string): Promise<boolean> {
    return this.guard.attempt('write', () => this.store.set(user, record, expected));
  }
}

function tooManyConflicts(): UserTokenStoreError {
  return new UserTokenStoreError('write', 'others changed the record again and again');
}
