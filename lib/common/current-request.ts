import { AsyncLocalStorage } from 'node:async_hooks';

/** Somebody in whose name work is done. Can be kept in a queue: it holds no token. */
export interface UserReference {
  /** Under what the tokens of this user, or of this session of the user, are kept. */
  readonly key: string;
  /** Who says so (`iss`), where it is known. */
  readonly issuer?: string | undefined;
  /** Who it is (`sub`), where it is known. */
  readonly subject?: string | undefined;
}

/** What work is being done for: a request, or a user without one. */
export interface CurrentWork {
  readonly request?: object | undefined;
  readonly user?: UserReference | undefined;
}

const storage = new AsyncLocalStorage<CurrentWork>();

/** What the work under way is for; nothing outside of requests and `runAs`. */
export function currentWork(): CurrentWork | undefined {
  return storage.getStore();
}

/** Does work for a request or a user: everything it calls, now or later, can learn that. */
export function runFor<T>(work: CurrentWork, run: () => T): T {
  return storage.run(work, run);
}
