import type { Challenge } from './challenge.js';

/** A call that an API refused, although it carried a token: with 401, or with what the option says. */
export interface RefusedCall {
  /** The named client. */
  readonly client: string;
  /** The method of the call, such as `POST`. */
  readonly method: string;
  /** The whole URL of the call. */
  readonly url: string;
  /** The status of the answer. */
  readonly status: number;
  /** What the API says in `WWW-Authenticate`. */
  readonly challenges: readonly Challenge[];
}

/**
 * Whether a call that an API answered with 401 is made once more, with a new token. Whatever is said
 * here: at most once, only where the token was ours, and only where the body can be sent again.
 *
 * - `'safe'`: where nothing can have happened. That is, for methods that may be repeated (RFC 9110
 *   section 9.2.2), and for the others where the API says in `WWW-Authenticate` that it was the token.
 * - `'always'`: for every 401.
 * - `'never'`: for none.
 * - A function decides for each. What it throws counts as no: the caller gets the answer of the API.
 *
 * Where a call is not made once more, and where no new token can be had, the caller gets the 401 itself; a
 * `ReauthenticationRequiredError` where the authorization server says that the user has to sign in again.
 */
export type RetryOn401 = RetryPolicy | RetryStatuses;

/** When a refused call is made once more. */
export type RetryPolicy = 'safe' | 'always' | 'never' | ((call: RefusedCall) => boolean);

/** For APIs that refuse a token that is over with another status than 401. */
export interface RetryStatuses {
  /**
   * All the statuses that may mean that the token is over, such as `[401, 403, 419]`. A 403 with `insufficient_scope` never
   * does: a new token would have the same scopes.
   */
  statuses: readonly number[];
  /** When a call with one of them is made once more. @defaultValue 'safe' */
  when?: RetryPolicy | undefined;
}
