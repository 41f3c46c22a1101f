import { isJsonObject } from '../../common/json.js';
import type { KeyvLike } from '../sharing/keyv-like.js';
import { isUserTokenRecord } from './is-user-token-record.js';
import type { UserTokenRecord, UserTokenStore } from './user-token.store.js';

const DAY_MS = 24 * 60 * 60 * 1000;

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
 * application can read. `throwOnErrors` of the
 * Keyv instance is switched on, so that a backend that fails is not taken for an empty one.
 *
 * Keyv cannot write on a condition: within one process nothing is lost, but two processes that refresh
 * the token of the same user at the same moment can overtake each other.
 */
export class KeyvUserTokenStore implements UserTokenStore {
  readonly #keyv: KeyvLike;
  readonly #ttlMs: number;

  constructor(keyv: KeyvLike, { ttlMs = 30 * DAY_MS }: KeyvUserTokenStoreOptions = {}) {
    this.#keyv = keyv;
    // A user whom it cannot read is not one who is gone.
    if ('throwOnErrors' in keyv) keyv.throwOnErrors = true;
    this.#ttlMs = ttlMs;
  }

  async get(user: string): Promise<UserTokenRecord | undefined> {
    const value = await this.watched(() => this.#keyv.get(keyOf(user)));
    return isUserTokenRecord(value) ? value : undefined;
  }

  async set(user: string, record: UserTokenRecord, expected?: string): Promise<boolean> {
    const current = await this.watched(() => this.#keyv.get(keyOf(user)));
    const version = isJsonObject(current) ? current['version'] : undefined;
    if (version !== expected) return false;
    const written = await this.watched(() => this.#keyv.set(keyOf(user), record, this.#ttlMs));
    // Keyv swallows what its backend throws, and says false.
    if (written === false) throw new Error('Keyv could not write');
    return true;
  }

  async delete(user: string): Promise<void> {
    await this.watched(() => this.#keyv.delete(keyOf(user)));
  }

  /** Some adapters of Keyv throw nothing, and only tell that something went wrong. */
  private async watched<T>(work: () => Promise<T>): Promise<T> {
    let failed = false;
    const listen = () => {
      failed = true;
    };
    this.#keyv.on?.('error', listen);
    try {
      const result = await work();
      if (failed) throw new Error('The backend of Keyv failed');
      return result;
    } finally {
      this.#keyv.off?.('error', listen);
    }
  }
}

function keyOf(user: string): string {
  return `nestjs-access-tokens:user:${user}`;
}
