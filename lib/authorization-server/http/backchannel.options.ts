import type { BackchannelRoute } from './backchannel-route.js';

/**
 * How this application talks to authorization servers: for every grant, discovery included. Has nothing
 * to do with the calls to APIs, which have the options of Axios.
 */
export interface BackchannelOptions extends BackchannelRoute {
  /**
   * The longest that a call waits for a new token, in milliseconds: reading the credentials, discovery,
   * and the token request with its retries together. The call to the API comes after it, with Axios' own
   * `timeout`.
   *
   * @defaultValue 10_000
   */
  timeoutMs?: number | undefined;
  /**
   * How often a token request is repeated when the server cannot be reached or answers 429 or 5xx. Waits
   * 200 ms, doubled each time, at random up to that; or as long as `Retry-After` says, if there is time.
   *
   * @defaultValue 2
   */
  retries?: number | undefined;
}
