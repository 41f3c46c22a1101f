import { isJsonObject } from '../../common/json.js';
import { isUserTokenRecord } from './is-user-token-record.js';
import type { UserTokenRecord, UserTokenStore } from './user-token.store.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** What is used of a Keyv instance, of version 5 or later. */
export interface KeyvLike {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, ttlMs?: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

/** Options of {@link KeyvUserTokenStore}. */
export interface KeyvUserTokenStoreOptions {
  /**
   * How long a record is kept after it was written last, in milliseconds: as long as a refresh token lives at your
   * authorization server.
   *
   * @defaultValue 30 days
   */
  ttlMs?: number | undefined;
}

/**
 * Keeps the tokens of users in any backend that Keyv has an adapter for. The backend has to be one that only this
 * application can read.
 *
 * Keyv cannot write on a condition: within one process nothing is lost, but two processes that refresh
 * the token of the same user at the same moment can overtake each other.
 */
export class KeyvUserTokenStore implements UserTokenStore {
  readonly #keyv: KeyvLike;
  readonly #ttlMs: number;

  constructor(keyv: KeyvLike, { ttlMs = 30 * DAY_MS }: KeyvUserTokenStoreOptions = {}) {
    this.#keyv = keyv;
    this.#ttlMs = ttlMs;
  }

  async get(user: string): Promise<UserTokenRecord | undefined> {
    const value = await this.#keyv.get(keyOf(user));
    return isUserTokenRecord(value) ? value : undefined;
  }

  async set(user: string, record: UserTokenRecord, expected?: string): Promise<boolean> {
    const current = await this.#keyv.get(keyOf(user));
    const version = isJsonObject(current) ? current['version'] : undefined;
    if (version !== expected) return false;
    const written = await this.#keyv.set(keyOf(user), record, this.#ttlMs);
    // Keyv swallows what its backend throws, and says false.
    if (written === false) throw new Error('Keyv could not write');
    return true;
  }

  async delete(user: string): Promise<void> {
    await this.#keyv.delete(keyOf(user));
  }
}

function keyOf(user: string): string {
  return `nestjs-access-tokens:user:${user}`;
}
