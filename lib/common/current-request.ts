import { AsyncLocalStorage } from 'node:async_hooks';
import type { VerifiedToken } from './verified-token.js';

/**
 * Somebody in whose name work is done. It holds no token, and is no proof of anything: whoever can write one can name
 * anybody. Where it passes through other hands, such as a queue, let `UserTokenService.sealReference` make a text of it.
 */
export interface UserReference {
  /** Under what the tokens of this user, or of this session of the user, are kept. */
  readonly key: string;
  /** Who says so (`iss`), where it is known. */
  readonly issuer?: string | undefined;
  /** Who it is (`sub`), where it is known. */
  readonly subject?: string | undefined;
}

/** What work is being done for: a request, or a user or a verified token without one. */
export interface CurrentWork {
  readonly request?: object | undefined;
  /** Whose request it is: the instance of the HTTP adapter. To other applications of the process it is none. */
  readonly application?: object | undefined;
  readonly user?: UserReference | undefined;
  readonly token?: VerifiedToken | undefined;
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
