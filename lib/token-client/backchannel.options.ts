/**
 * How this application talks to authorization servers: for every grant, discovery included. Has nothing
 * to do with the calls to APIs, which have the options of Axios.
 */
export interface BackchannelOptions {
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
  /** Headers of every request, such as the key of a gateway in front of the authorization server. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** The proxy to use, such as `http://proxy.example.com:3128`. @defaultValue none */
  proxy?: string | undefined;
  /** Certificates of authorities to trust, as PEM text, in place of those of Node.js. */
  ca?: string | readonly string[] | undefined;
}
