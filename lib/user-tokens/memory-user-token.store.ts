import { LRUCache } from 'lru-cache';
import { atMost } from '../common/at-most.js';
import type { UserTokenRecord, UserTokenStore } from './user-token.store.js';

/**
 * Keeps the tokens of users in the memory of this process: for development and tests. They are gone with the
 * process, and another process does not see them.
 */
export class MemoryUserTokenStore implements UserTokenStore {
  readonly #records: LRUCache<string, UserTokenRecord>;

  /** @param maxUsers how many users are kept; the one least used makes room */
  constructor({ maxUsers = 10_000 }: { maxUsers?: number } = {}) {
    this.#records = new LRUCache(atMost(maxUsers));
  }

  async get(user: string): Promise<UserTokenRecord | undefined> {
    return this.#records.get(user);
  }

  async set(user: string, record: UserTokenRecord, expected?: string): Promise<boolean> {
    if (this.#records.peek(user)?.version !== expected) return false;
    this.#records.set(user, record);
    return true;
  }

  async delete(user: string): Promise<void> {
    this.#records.delete(user);
  }
}
