import type { IssuedToken } from './issued-token.js';

/** What a call may say about the token that it wants. */
export interface TokenSourceOptions {
  /** Ends the waiting of this call alone. */
  signal?: AbortSignal | undefined;
}

/**
 * Where the calls of one named client get their token. There is one implementation for each value of the
 * option `token`; the adapter knows no more than this.
 */
export interface TokenSource {
  getToken(options: TokenSourceOptions): Promise<IssuedToken>;
}
