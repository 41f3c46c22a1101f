import { types } from 'node:util';
import { isJsonObject } from '../common/json.js';
import { isUserTokenRecord } from './is-user-token-record.js';
import type { UserTokenRecord, UserTokenStore } from './user-token.store.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** What is used of the store behind express-session or @fastify/session. */
export interface SessionStoreLike {
  get(id: string, callback: (error: unknown, session?: unknown) => void): void;
  set(id: string, session: object, callback: (error?: unknown) => void): void;
  destroy(id: string, callback: (error?: unknown) => void): void;
}

/** Options of {@link SessionUserTokenStore}. */
export interface SessionUserTokenStoreOptions {
  /** The store of the sessions. @defaultValue the one of the first request that has a session */
  sessionStore?: SessionStoreLike | undefined;
  /** How long a record is kept after it was written last, in milliseconds. @defaultValue a day */
  ttlMs?: number | undefined;
}

/**
 * Keeps the tokens of users where the web sessions are kept, as an entry of their own beside the session:
 * requests that run at the same time overwrite each other's sessions, and would take a new refresh token
 * along. The session itself, and the cookie, hold no more than the key of that entry.
 */
export class SessionUserTokenStore implements UserTokenStore {
  #sessions: SessionStoreLike | undefined;
  readonly #ttlMs: number;

  constructor({ sessionStore, ttlMs = DAY_MS }: SessionUserTokenStoreOptions = {}) {
    this.#sessions = sessionStore;
    this.#ttlMs = ttlMs;
  }

  /** @internal Takes the store of the sessions from a request, unless there is one. */
  discover(request: object): void {
    const found: unknown = Reflect.get(request, 'sessionStore');
    if (isSessionStore(found)) this.#sessions ??= found;
  }

  async get(user: string): Promise<UserTokenRecord | undefined> {
    const entry = await settled<unknown>((done) => this.sessions.get(keyOf(user), done)).catch(
      nothingIfMissing,
    );
    const record = isJsonObject(entry) ? entry['tokens'] : undefined;
    return isUserTokenRecord(record) ? record : undefined;
  }

  async set(user: string, record: UserTokenRecord, expected?: string): Promise<boolean> {
    const current = await this.get(user);
    if (current?.version !== expected) return false;
    const expires = new Date(Date.now() + this.#ttlMs);
    // Stores take the time to live from here, and some want the methods of a cookie.
    const cookie = { originalMaxAge: this.#ttlMs, maxAge: this.#ttlMs, expires };
    await settled((done) => this.sessions.set(keyOf(user), { cookie, tokens: record }, done));
    return true;
  }

  async delete(user: string): Promise<void> {
    await settled((done) => this.sessions.destroy(keyOf(user), done)).catch(nothingIfMissing);
  }

  private get sessions(): SessionStoreLike {
    if (this.#sessions) return this.#sessions;
    throw new Error('There is no session store: is the session middleware in place?');
  }
}

function isSessionStore(value: unknown): value is SessionStoreLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['get', 'set', 'destroy'].every((name) => typeof Reflect.get(value, name) === 'function')
  );
}

function settled<T>(
  work: (done: (error?: unknown, value?: T) => void) => void,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    work((error, value) => {
      if (error) reject(types.isNativeError(error) ? error : new Error('The session store failed'));
      else resolve(value);
    });
  });
}

/** Some stores say so of what is not there, as express-session understands them too. */
function nothingIfMissing(error: unknown): undefined {
  if (types.isNativeError(error) && Reflect.get(error, 'code') === 'ENOENT') return undefined;
  throw error;
}

function keyOf(user: string): string {
  return `user-tokens:${user}`;
}
