import type { TokenRequestParameters } from '../../authorization-server/token-request.parameters.js';

/** What a token is wanted for. */
export interface TokenRequestContext {
  /** The named client. */
  readonly client: string;
  /** The tenant, for a client with `resolveClient`. */
  readonly tenant?: string | undefined;
  /** The method of the call, such as `GET`; missing where the token is asked for without a call. */
  readonly method?: string | undefined;
  /** The whole URL of the call; missing where the token is asked for without a call. */
  readonly url?: string | undefined;
  /** The headers of the call, names in lower case; empty where the token is asked for without a call. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Changes a token request before the token is looked up: what it returns takes the place of `request`,
 * and is part of the key under which the token is kept.
 */
export type TokenRequestCustomizer = (
  context: TokenRequestContext,
  request: TokenRequestParameters,
) => TokenRequestParameters | Promise<TokenRequestParameters>;
