import type { CallTokenOptions } from './call-token.js';
import type { IssuedToken } from '../../authorization-server/issued-token.js';

/** The call that a token is for, as far as it is known. */
export interface TokenCall {
  readonly method?: string | undefined;
  /** The whole URL. */
  readonly url?: string | undefined;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** How a token is wanted. */
export interface GetTokenOptions extends CallTokenOptions {
  /**
   * Ends the waiting of this caller, with the signal's reason. The token request goes on for the others.
   */
  signal?: AbortSignal | undefined;
  /**
   * The token that an API has refused with 401. A new one is asked for only if this is still the one in
   * the cache, and not for ever: where the new ones are refused as well, the same token comes back.
   */
  rejected?: IssuedToken | undefined;
  /** The call that the token is for, which `customizeTokenRequest`, `resolveClient` and `tenant` get to see. */
  call?: TokenCall | undefined;
}

/**
 * Where the calls of one named client get their token. There is one implementation for each value of the
 * option `token`; the adapter knows no more than this.
 */
export interface TokenSource {
  getToken(options: GetTokenOptions): Promise<IssuedToken>;
}
