import { remainingMs } from '../../common/remaining.js';
import {
  TokenEndpointUnavailableError,
  type NoTokenError,
} from '../../authorization-server/errors.js';
import { NegativeCacheEntry } from '../../authorization-server/negative-cache.js';

const RENEWAL_REST_MS = 5_000;
/** Failures after which calls without a token no longer ask each time. */
const FAILURES_IN_A_ROW = 3;
const FIRST_REST_MS = 200;
/** As long as a server can ask for, with `Retry-After`. */
const LONGEST_REST_MS = 5 * 60_000;

/** A token request that failed. */
export interface Failure {
  readonly at: Date;
  readonly error: NoTokenError;
}

/** What is new about a failure. */
export interface News {
  /** A refusal that is remembered, unless the same was there before. */
  readonly refused: NegativeCacheEntry | undefined;
  /** Renewals begin to fail, or have failed until the token ended. */
  readonly trouble: 'renewal' | 'ended' | undefined;
}

/** What has gone wrong with one token since it last went well, and how long it is left alone because of that. */
export class RenewalBackoff {
  last: Failure | undefined;
  #failures = 0;
  #restUntil = 0;
  #trouble: News['trouble'];
  #refusal: NegativeCacheEntry | undefined;

  /** @param alive whether there is a token to go on with */
  note(error: NoTokenError, now: number, alive: boolean): News {
    this.#failures += 1;
    this.last = { at: new Date(now), error };
    const retryAt = error instanceof TokenEndpointUnavailableError ? error.retryAt : undefined;
    const rest = alive ? RENEWAL_REST_MS : restMs(this.#failures);
    this.#restUntil = Math.max(now + rest, retryAt?.getTime() ?? 0);
    const before = this.#refusal?.error.oauthError;
    this.#refusal = NegativeCacheEntry.of(error, now);
    const refused = this.#refusal?.error.oauthError === before ? undefined : this.#refusal;
    return { refused, trouble: this.worse(alive) };
  }

  /** Until when a token that is due for renewal is left alone. */
  retryAfter(now: number): Date | undefined {
    const rests = remainingMs(this.#restUntil, now, LONGEST_REST_MS) > 0;
    return rests ? new Date(this.#restUntil) : undefined;
  }

  /** Until when the server's refusal stands, without being asked. */
  refusedUntil(now: number): Date | undefined {
    return this.#refusal?.stands(now) ? this.#refusal.endsAt : undefined;
  }

  /** Why nobody is to ask at all. */
  blockedBy(now: number): NoTokenError | undefined {
    if (this.#refusal?.stands(now)) return this.#refusal.error;
    // A server that fails time and again is not asked with every call.
    const inBackoff = this.#failures >= FAILURES_IN_A_ROW && this.retryAfter(now) !== undefined;
    return inBackoff ? this.last?.error : undefined;
  }

  private worse(alive: boolean): News['trouble'] {
    const before = this.#trouble;
    if (alive) this.#trouble ??= 'renewal';
    else if (before) this.#trouble = 'ended';
    return this.#trouble === before ? undefined : this.#trouble;
  }
}

/** Doubled with each failure in a row, five seconds at most. */
function restMs(failures: number): number {
  const doublings = Math.min(Math.max(failures - FAILURES_IN_A_ROW, 0), 10);
  return Math.min(FIRST_REST_MS * 2 ** doublings, RENEWAL_REST_MS);
}
