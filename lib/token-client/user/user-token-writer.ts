import { randomUUID } from 'node:crypto';
import type { Logger } from '@nestjs/common';
import { UserTokenStoreError } from './user-token.errors.js';
import type { UserTokenRecord, UserTokenStore } from './user-token.store.js';

const MAX_CONFLICTS = 5;

/** What became of a change: written, overtaken by another sign-in or refresh, or too late for a user who is gone. */
export type Outcome = 'written' | 'overtaken' | 'gone';

interface Unsaved {
  readonly record: UserTokenRecord;
  readonly expected: string | undefined;
}

/** Reads and writes records, so that a refresh token which could not be stored is not lost with the call. */
export class UserTokenWriter {
  readonly #unsaved = new Map<string, Unsaved>();

  constructor(
    private readonly store: UserTokenStore,
    private readonly logger: Logger,
  ) {}

  /** @throws {UserTokenStoreError} */
  async read(user: string): Promise<UserTokenRecord | undefined> {
    const unsaved = this.#unsaved.get(user);
    if (unsaved && (await this.save(user, unsaved.record, unsaved.expected))) return unsaved.record;
    return this.attempt('read', () => this.store.get(user));
  }

  /** Writes a record whatever was there before. */
  async put(user: string, record: UserTokenRecord): Promise<void> {
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const current = await this.attempt('read', () => this.store.get(user));
      if (await this.save(user, record, current?.version)) return;
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
      if (await this.save(user, next(current), current.version)) return 'written';
      const found = await this.attempt('read', () => this.store.get(user));
      if (!found || found.subject !== record.subject) return 'gone';
      // Another sign-in, or a peer that came in between: what is there is not ours to replace.
      if (found.refreshToken !== record.refreshToken || found.ended) return 'overtaken';
      current = found;
    }
    throw new UserTokenStoreError('write', 'others changed the record again and again');
  }

  /** Marks that the refresh token is worth nothing. Access tokens may serve until they end. */
  async end(user: string, record: UserTokenRecord): Promise<void> {
    const ended = { ...record, version: randomUUID(), refreshToken: undefined, ended: true };
    // A record that somebody else wrote meanwhile is a better one.
    await this.attempt('write', () => this.store.set(user, ended, record.version));
  }

  async delete(user: string): Promise<void> {
    this.#unsaved.delete(user);
    await this.attempt('delete', () => this.store.delete(user));
  }

  private async save(user: string, record: UserTokenRecord, expected?: string): Promise<boolean> {
    this.#unsaved.set(user, { record, expected });
    const written = await this.attempt('write', () => this.store.set(user, record, expected));
    this.#unsaved.delete(user);
    return written;
  }

  private async attempt<T>(what: 'read' | 'write' | 'delete', work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // Not what it threw, which may hold a connection string or the record.
      const reason = error instanceof Error ? error.name : 'something';
      const failure = new UserTokenStoreError(what, `it threw ${reason}`);
      this.logger.error(`user_token_store_failed: ${failure.message}`);
      throw failure;
    }
  }
}
