import { withTimeout } from '../common/with-timeout.js';
import type { KeyvLike } from '../replicas/keyv-like.js';
import type { ReplicaLock } from '../replicas/replica-lock.js';
import { KeyvWithErrors } from '../replicas/keyv-errors.js';
import { isUserTokenRecord } from './is-user-token-record.js';
import type { UserTokenRecord, UserTokenStore } from './user-token.store.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A look and a write take milliseconds: whoever has the lock for longer is gone, or will not have it much longer. */
const WRITE_LOCK = { ttlMs: 2_000, waitMs: 1_000 };
/** After that a sign-out has failed, and may not begin anything more. */
const DELETE_LIMIT_MS = 2_000;
const MAX_CONFLICTS = 5;

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

/** What is in the backend says whose it is. */
type KeptRecord = UserTokenRecord & { readonly user?: string };

/**
 * Keeps the tokens of users in any backend that Keyv has an adapter for. The backend has to be one that only this
 * application can read. `throwOnErrors` of the Keyv instance is switched on, so that a backend that fails is not taken
 * for an empty one.
 *
 * A record is written, and deleted, only if it is still the one that was read. A backend with {@link KeyvLike.replace} and
 * {@link KeyvLike.deleteIf}, such as `RedisStore`, does that all at once. Keyv cannot: with it, processes take turns by the
 * `tokenLock` of the module. For as long as there is none, or it fails, two processes that refresh the token of the same
 * user at the same moment can overtake each other.
 */
export class KeyvUserTokenStore implements UserTokenStore {
  readonly #keyv: KeyvLike;
  readonly #watched: KeyvWithErrors;
  readonly #ttlMs: number;
  #lock: Pick<ReplicaLock, 'take'> | undefined;

  constructor(keyv: KeyvLike, { ttlMs = 30 * DAY_MS }: KeyvUserTokenStoreOptions = {}) {
    this.#keyv = keyv;
    // A user whom it cannot read is not one who is gone.
    this.#watched = new KeyvWithErrors(keyv);
    this.#ttlMs = ttlMs;
  }

  /** @internal Where it all goes. */
  get backend(): KeyvLike {
    return this.#keyv;
  }

  /** @internal Lets processes take turns in writing, where the backend cannot write on a condition. */
  guardWith(lock: Pick<ReplicaLock, 'take'>): void {
    this.#lock = lock;
  }

  async get(user: string): Promise<UserTokenRecord | undefined> {
    const value = await this.#watched.ask((keyv) => keyv.get(keyOf(user)));
    if (!isKept(value, user)) return undefined;
    const { user: _, ...record } = value;
    return record;
  }

  async set(user: string, record: UserTokenRecord, expected?: string): Promise<boolean> {
    const key = keyOf(user);
    return this.inTurn(key, async () => {
      const current = (await this.#watched.ask((keyv) => keyv.get(key))) ?? undefined;
      // What is no record counts as nothing here as well, or nobody could ever sign in again.
      const version = isKept(current, user) ? current.version : undefined;
      return version === expected && this.write(key, current, kept(record, user));
    });
  }

  async delete(user: string): Promise<void> {
    const key = keyOf(user);
    const deleteIf = this.#keyv.deleteIf?.bind(this.#keyv);
    if (deleteIf)
      return withTimeout(DELETE_LIMIT_MS, (signal) => this.remove(key, deleteIf, signal));
    // Not between the look and the write of somebody else, which would bring the record back.
    await this.inTurn(key, () => this.#watched.ask((keyv) => keyv.delete(key)));
  }

  /**
   * Deletes what was read, and nothing that came later: clients keep commands while a server is away, and send them when it
   * is back. By then the sign-out has failed, and the user may have signed in again.
   */
  private async remove(
    key: string,
    deleteIf: NonNullable<KeyvLike['deleteIf']>,
    signal: AbortSignal,
  ): Promise<void> {
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const current = (await this.#watched.ask((keyv) => keyv.get(key))) ?? undefined;
      // An answer that comes so late may be about another sign-in.
      signal.throwIfAborted();
      if (current === undefined) return;
      if (await this.#watched.ask(() => deleteIf(key, current))) return;
      signal.throwIfAborted();
    }
    throw new Error('Others changed the record again and again');
  }

  private async write(key: string, current: unknown, record: KeptRecord): Promise<boolean> {
    const replace = this.#keyv.replace?.bind(this.#keyv);
    if (replace) return this.#watched.ask(() => replace(key, current, record, this.#ttlMs));
    const written = await this.#watched.ask((keyv) => keyv.set(key, record, this.#ttlMs));
    // Keyv swallows what its backend throws, and says false.
    if (written === false) throw new Error('Keyv could not write');
    return true;
  }

  private async inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    // A backend that compares for itself needs nobody to wait.
    const lock = this.#keyv.replace ? undefined : this.#lock;
    const lease = await lock?.take(`write:${key}`, WRITE_LOCK);
    try {
      return await work();
    } finally {
      if (typeof lease === 'object') await lease.release();
    }
  }
}

function keyOf(user: string): string {
  return `nestjs-access-tokens:user:${user}`;
}

/** One that is encrypted is bound to its user by that. */
function kept(record: UserTokenRecord, user: string): KeptRecord {
  return record.sealed === undefined ? { ...record, user } : record;
}

/** Whether that is the record of this user: after a cut connection, clients have been seen to mistake one answer for another. */
function isKept(value: unknown, user: string): value is KeptRecord {
  if (!isUserTokenRecord(value)) return false;
  return value.sealed !== undefined || ('user' in value && value.user === user);
}
