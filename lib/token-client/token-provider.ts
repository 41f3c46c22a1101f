import type { IssuedToken } from '../authorization-server/issued-token.js';
import type { TokenRequestContext } from './options/token-request.context.js';

/** What a {@link TokenProvider} is asked for. */
export interface TokenProviderContext extends TokenRequestContext {
  /** Take no token that was there before. Set for `force`, and after an API refused a token. */
  readonly force: boolean;
  /** The token that the API refused, where that is the reason to ask. */
  readonly rejected?: IssuedToken | undefined;
  /** Ends with the call, or with the application. */
  readonly signal?: AbortSignal | undefined;
}

/** A token from somewhere else. */
export interface ProvidedToken {
  /** The token itself. */
  accessToken: string;
  /** How it is sent. @defaultValue 'Bearer' */
  tokenType?: string | undefined;
  /** How long it lives, in seconds from the start of the request. Default: the `exp` of a JWT, else 300. */
  expiresInSeconds?: number | undefined;
  /** @defaultValue none */
  scopes?: readonly string[] | undefined;
}

/**
 * Gets the tokens of a named client by other means than the token endpoint: a grant that this package
 * does not know, a sidecar, a file. A class from dependency injection, given as the option `provider`.
 */
export interface TokenProvider {
  /**
   * May take as long as a token request, `backchannel.timeoutMs`. Whatever it throws fails the call with a
   * `TokenProviderFailedError`, which does not repeat it.
   */
  getToken(context: TokenProviderContext): ProvidedToken | Promise<ProvidedToken>;
  /**
   * The key of the token for this context. Where it is given, tokens are kept under it, renewed in time,
   * and asked for once however many calls wait. Everything that shapes the token must be part of it: a
   * user above all. Without it, every call asks {@link getToken}.
   */
  cacheKey?(context: TokenProviderContext): string;
}
