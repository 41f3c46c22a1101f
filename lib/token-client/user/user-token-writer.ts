import { randomUUID } from 'node:crypto';
import type { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { TimeIsUp, withinTime } from '../../common/within-time.js';
import { readRecord } from './is-user-token-record.js';
import { UserTokenStoreError } from './user-token.errors.js';
import type { UserTokenRecord, UserTokenStore } from './user-token.store.js';

const MAX_CONFLICTS = 5;
const STORE_LIMIT_MS = 5_000;
const MAX_DELETIONS = 10_000;

/** What became of a change: written, overtaken by another sign-in or refresh, or too late for a user who is gone. */
export type Outcome = 'written' | 'overtaken' | 'gone';

interface Unsaved {
  readonly record: UserTokenRecord;
  readonly expected: string | undefined;
}

/** Reads and writes records, so that a refresh token which could not be stored is not lost with the call. */
export class UserTokenWriter {
  readonly #unsaved = new Map<string, Unsaved>();
  /** Another with each sign-out: a write that was on its way then is undone. */
  readonly #deletions = new LRUCache<string, object>({ max: MAX_DELETIONS });

  readonly #limitMs: number;

  /** @param timeoutMs how long the store may take for one operation; five seconds at most */
  constructor(
    private readonly store: UserTokenStore,
    private readonly logger: Logger,
    timeoutMs: number,
  ) {
    this.#limitMs = Math.min(timeoutMs, STORE_LIMIT_MS);
  }

  /** @throws {UserTokenStoreError} */
  async read(user: string): Promise<UserTokenRecord | undefined> {
    const unsaved = this.#unsaved.get(user);
    if (unsaved && (await this.save(user, unsaved))) return unsaved.record;
    return this.find(user);
  }

  /** Writes a record whatever was there before. */
  async put(user: string, record: UserTokenRecord): Promise<void> {
    this.#unsaved.delete(user);
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const current = await this.find(user);
      if (await this.save(user, { record, expected: current?.version })) return;
    }
    throw new UserTokenStoreError('write', 'others changed the record again and again');
  }

  /**
   * Writes what comes after `record`, unless the user is gone or somebody was faster.
   *
   * @param next makes the new record; asked again for a record that changed in other respects meanwhile
   */
  async replace(
    user: string,
    record: UserTokenRecord,
    next: (current: UserTokenRecord) => UserTokenRecord,
  ): Promise<Outcome> {
    let current = record;
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const deletion = this.#deletions.get(user);
      const written = await this.save(user, { record: next(current), expected: current.version });
      if (this.#deletions.get(user) !== deletion) return this.undo(user);
      if (written) return 'written';
      const found = await this.find(user);
      if (!found || found.subject !== record.subject) return 'gone';
      // Another sign-in, or a peer that came in between: what is there is not ours to replace. A peer that took
      // our refresh token for a dead one, because we had used it, has marked it; that is not true any more.
      if (found.refreshToken !== record.refreshToken) return 'overtaken';
      current = found;
    }
    throw new UserTokenStoreError('write', 'others changed the record again and again');
  }

  /** Marks that the refresh token is worth nothing. Access tokens may serve until they end. */
  async end(user: string, record: UserTokenRecord): Promise<void> {
    const ended = { ...record, version: randomUUID(), ended: true, spending: undefined };
    // A record that somebody else wrote meanwhile is a better one.
    await this.note(user, ended, record.version);
  }

  /**
   * Writes a record that is no worse lost.
   *
   * @returns whether it was written
   * @throws {UserTokenStoreError}
   */
  note(user: string, record: UserTokenRecord, expected: string): Promise<boolean> {
    return this.attempt('write', () => this.store.set(user, record, expected));
  }

  async delete(user: string): Promise<void> {
    this.#unsaved.delete(user);
    this.#deletions.set(user, {});
    await this.attempt('delete', () => this.store.delete(user));
  }

  /** The user signed out while the record was on its way to a store that cannot tell. */
  private async undo(user: string): Promise<Outcome> {
    this.#unsaved.delete(user);
    await this.attempt('delete', () => this.store.delete(user));
    return 'gone';
  }

  private async find(user: string): Promise<UserTokenRecord | undefined> {
    return readRecord(await this.attempt('read', () => this.store.get(user)));
  }

  private async save(user: string, unsaved: Unsaved): Promise<boolean> {
    const { record, expected } = unsaved;
    try {
      const written = await this.attempt('write', () => this.store.set(user, record, expected));
      // Only this one: a newer one may have come meanwhile.
      if (this.#unsaved.get(user) === unsaved) this.#unsaved.delete(user);
      return written;
    } catch (error) {
      this.#unsaved.set(user, unsaved);
      throw error;
    }
  }

  private async attempt<T>(what: 'read' | 'write' | 'delete', work: () => Promise<T>): Promise<T> {
    try {
      return await withinTime(this.#limitMs, work);
    } catch (error) {
      // Not what it threw, which may hold a connection string or the record.
      const name = error instanceof Error ? error.name : 'something';
      const reason = error instanceof TimeIsUp ? `it ${error.message}` : `it threw ${name}`;
      const failure = new UserTokenStoreError(what, reason);
      this.logger.error(`user_token_store_failed: ${failure.message}`);
      throw failure;
    }
  }
}
