import type { ConfigurableModuleAsyncOptions } from '@nestjs/common';
import type { CreateAxiosDefaults } from 'axios';
import type { Clock } from '../common/clock.js';

/**
 * A client secret, or a function that gets it from where it is kept. The function is called for every
 * token request, so that a rotated secret takes effect with the next one.
 */
export type ClientSecretSource = string | (() => string | Promise<string>);

/**
 * How a client proves to the token endpoint who it is (RFC 6749 section 2.3.1): with an
 * `Authorization: Basic` header, or with `client_id` and `client_secret` in the body.
 */
export type ClientAuthentication = 'client_secret_basic' | 'client_secret_post';

/** What a token request is made of. Each option can be given for all clients or for one. */
export interface TokenRequestOptions {
  /**
   * The authorization server, exactly as it names itself. Its token endpoint is discovered (RFC 8414,
   * OpenID Connect Discovery) with the first call and asked for again after an hour. Give this or
   * {@link tokenEndpoint}.
   */
  issuer?: string | undefined;
  /** The token endpoint, for a server without metadata. Give this or {@link issuer}. */
  tokenEndpoint?: string | undefined;
  /** Who this application is at the authorization server. Required, together with {@link clientSecret}. */
  clientId?: string | undefined;
  /**
   * The secret of {@link clientId}. Required, together with it: where a client has a `clientId` or a
   * `clientSecret` of its own, nothing of the shared credentials is used for it.
   */
  clientSecret?: ClientSecretSource | undefined;
  /** @defaultValue 'client_secret_basic' */
  clientAuthentication?: ClientAuthentication | undefined;
  /** The scopes to ask for: an array, or one string with spaces between them. Default: what the server gives. */
  scope?: string | readonly string[] | undefined;
  /** The API, or APIs, that the token is for, as a URI (RFC 8707). */
  resource?: string | readonly string[] | undefined;
  /** The API that the token is for, for authorization servers that have `audience` in place of `resource`. */
  audience?: string | undefined;
  /** Whatever else the token endpoint wants to have. May not replace what an option or the grant decides. */
  parameters?: Readonly<Record<string, string>> | undefined;
}

/**
 * A named client: whose token it sends, to where, and every default of its Axios instance.
 *
 * Redirects are not followed unless `maxRedirects` says so, and even then only to {@link allowedOrigins}.
 */
export interface TokenClientOptions
  extends Omit<CreateAxiosDefaults, 'baseURL'>, TokenRequestOptions {
  /** The URL that the paths of calls are added to. Its origin is the one that tokens are sent to. */
  baseURL?: string | undefined;
  /**
   * Whose token the calls carry. `'client'`: the one of this application itself (client credentials
   * grant, RFC 6749 section 4.4).
   *
   * @defaultValue 'client'
   */
  token?: 'client' | undefined;
  /**
   * More origins that may see the token, such as `https://files.example.com`. A call to any other
   * is refused with an `OriginNotAllowedError`.
   *
   * @defaultValue the origin of `baseURL` alone
   */
  allowedOrigins?: readonly string[] | undefined;
}

/** Options of `TokenClientModule.forRoot`. */
export interface TokenClientModuleOptions extends TokenRequestOptions {
  /** The clients by name. An option of theirs takes the place of the shared one. */
  clients?: Readonly<Record<string, TokenClientOptions>> | undefined;
  /**
   * The longest that a call waits for a new token, in milliseconds: reading the secret, discovery and
   * the token request together. The call to the API comes after it, with Axios' own `timeout`.
   *
   * @defaultValue 10_000
   */
  tokenRequestTimeoutMs?: number | undefined;
  /**
   * Lets tokens and secrets travel over plain http to hosts other than loopback. Only for a network
   * that protects its traffic by other means.
   *
   * @defaultValue false
   */
  allowInsecureHttp?: boolean | undefined;
  /** Where the time comes from. @defaultValue the clock of the machine */
  clock?: Clock | undefined;
}

/** For `useClass` and `useExisting` of {@link TokenClientModuleAsyncOptions}. */
export interface TokenClientOptionsFactory {
  createTokenClientOptions(): TokenClientModuleOptions | Promise<TokenClientModuleOptions>;
}

/** Options of `TokenClientModule.forRootAsync`. */
export interface TokenClientModuleAsyncOptions extends ConfigurableModuleAsyncOptions<
  TokenClientModuleOptions,
  'createTokenClientOptions'
> {
  /**
   * The names of the clients that the factory gives. Nest has to know what can be injected before the
   * factory runs, so they are said here; a name that is only here or only there is a fault.
   *
   * @defaultValue none, for an application that registers all of them with `forFeature`
   */
  clients?: readonly string[] | undefined;
}
