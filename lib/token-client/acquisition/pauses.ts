import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.js';
import { remainingMs } from '../../common/remaining.js';
import type { NoTokenError } from '../errors.js';
import type { TokenRequest } from './token-request.js';

const MAX_ENTRIES = 1_000;

interface Pause {
  readonly failure: NoTokenError;
  readonly until: number;
  readonly lengthMs: number;
}

/** Which clients a token endpoint does not want to hear from, and for how long. */
export class Pauses {
  readonly #pauses = new LRUCache<string, Pause>({ max: MAX_ENTRIES });

  constructor(private readonly clock: Clock) {}

  begin(request: TokenRequest, failure: NoTokenError, lengthMs: number): void {
    const until = this.clock.now() + lengthMs;
    this.#pauses.set(keyOf(request), { failure, until, lengthMs });
  }

  end(request: TokenRequest): void {
    this.#pauses.delete(keyOf(request));
  }

  /** Why there is nothing to ask for now, if that is so. */
  current(request: TokenRequest): NoTokenError | undefined {
    const key = keyOf(request);
    const pause = this.#pauses.get(key);
    if (!pause) return undefined;
    if (remainingMs(pause.until, this.clock.now(), pause.lengthMs) > 0) return pause.failure;
    this.#pauses.delete(key);
    return undefined;
  }
}

/** Servers count requests per client, whatever is asked for. Other credentials are worth a try. */
function keyOf({ server, credentials }: TokenRequest): string {
  const { clientId, method, fingerprint } = credentials;
  return JSON.stringify([server, clientId, method, fingerprint]);
}
