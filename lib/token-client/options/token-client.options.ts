import type { ConfigurableModuleAsyncOptions, InjectionToken } from '@nestjs/common';
import type { CreateAxiosDefaults } from 'axios';
import type { Clock } from '../../common/clock.js';
import type { BackchannelOptions } from '../../authorization-server/http/backchannel.options.js';
import type { TokenHooks } from '../../observability/token-hooks.js';
import type { SendAs } from '../calls/send-as.js';
import type { TokenProvider } from '../token-provider.js';
import type { TokenRequestContext } from './token-request.context.js';
import type { TenantOptions, TokenRequestOptions } from './token-request.options.js';
import type { KeyvLike } from '../../replicas/keyv-like.js';
import type { TokenLock } from '../../replicas/token-lock.js';
import type { UserTokenStore } from '../../user-tokens/user-token.store.js';
import type { TokenExchangeOptions } from '../../authorization-server/token-exchange.options.js';

/** Whose token the calls of a named client carry. */
export type TokenKind = 'client' | 'user' | 'exchange' | 'forward';

/**
 * A named client: whose token it sends, to where, and every default of its Axios instance.
 *
 * Redirects are not followed unless `maxRedirects` says so, and even then only to {@link allowedOrigins}. The
 * adapter `fetch` follows none whatever it says, as it asks nobody where they lead: the redirect is the answer.
 * An API on plain http at loopback is called without the `proxy`.
 */
export interface TokenClientOptions
  extends Omit<CreateAxiosDefaults, 'baseURL' | 'token'>, TokenRequestOptions {
  /** The URL that the paths of calls are added to. Its origin is the one that tokens are sent to. */
  baseURL?: string | undefined;
  /**
   * Whose token the calls carry.
   *
   * - `'client'`: the one of this application itself (client credentials grant, RFC 6749 section 4.4).
   * - `'user'`: the one of the current user, refreshed in time. See `UserTokenService`.
   * - `'exchange'`: a token for this API in the name of whoever sent the request under way, got for the
   *   access token that `JwtAuthModule` has verified (token exchange, RFC 8693).
   * - `'forward'`: that access token itself, as it came. Only for an API that it is meant for as well: needs
   *   `audience`, and is refused where the token does not name it. Whoever gets it can use it in the name of
   *   the user anywhere it is good for; prefer `'exchange'`.
   *
   * @defaultValue 'client'
   */
  token?: TokenKind | undefined;
  /**
   * What becomes of a call with `token: 'user'`, `'exchange'` or `'forward'` when there is no user at all: a `NoUserError`, or
   * the token of this application itself. A user without a token, or an access token that is not surely that of a user or of
   * a client, is a `NoUserError` in any case.
   *
   * @defaultValue 'error'
   */
  withoutUser?: 'error' | 'client' | undefined;
  /** How the token of the request under way is exchanged, for `token: 'exchange'`. */
  exchange?: TokenExchangeOptions | undefined;
  /**
   * More origins that may see the token, such as `https://files.example.com`. A call to any other
   * is refused with an `OriginNotAllowedError`.
   *
   * @defaultValue the origin of `baseURL` alone
   */
  allowedOrigins?: readonly string[] | undefined;
  /**
   * Gets what is different for a tenant: its authorization server, credentials, scopes. Asked once per
   * tenant and kept, for the 1,000 tenants used last, until `ClientTokenService.evictTenant`. Needs a
   * tenant for each call: see {@link tenant}.
   */
  resolveClient?:
    | ((
        context: TokenRequestContext & { readonly tenant: string },
      ) => TenantOptions | Promise<TenantOptions>)
    | undefined;
  /** Says in whose name a call is made. Default: `token: { tenant }` of the call. */
  tenant?: ((context: TokenRequestContext) => string | undefined) | undefined;
  /**
   * How the token is put on a call, for APIs that want it in another header or with another scheme. Everything else is as with
   * `Authorization`: it is hidden, and a call that brings that header is sent as it is. Not together with {@link dpop}.
   *
   * @defaultValue `Authorization: Bearer …`
   */
  sendAs?: SendAs | undefined;
  /**
   * Lets the token of this client travel over plain http to {@link baseURL}, such as `http://billing:3000` within a cluster. Nothing
   * else: neither the way to the authorization server nor {@link allowedOrigins}.
   *
   * @defaultValue what the module says
   */
  allowInsecureHttp?: boolean | undefined;
  /** Gets the tokens in place of the token endpoint: a class, or another injection token, from dependency injection. */
  provider?: InjectionToken<TokenProvider> | undefined;
}

/** Options of `TokenClientModule.forRoot`. */
export interface TokenClientModuleOptions extends TokenRequestOptions {
  /** The clients by name. An option of theirs takes the place of the shared one. */
  clients?: Readonly<Record<string, TokenClientOptions>> | undefined;
  /** How authorization servers are talked to. */
  backchannel?: BackchannelOptions | undefined;
  /**
   * Where the tokens of users live.
   *
   * @defaultValue the memory of this process, which is for development
   */
  userTokenStore?: UserTokenStore | undefined;
  /**
   * Where the tokens of the application itself are kept for all its replicas: a Keyv with any backend, or a
   * `RedisStore`. While it does not answer, each replica gets its own. Needs {@link encryptionKeys}.
   *
   * @defaultValue none: each process has its own tokens
   */
  tokenCache?: KeyvLike | undefined;
  /**
   * Lets one replica at a time ask for a token, such as a `RedisTokenLock`. To be given where several processes share
   * tokens of users.
   *
   * @defaultValue a lock within the process, which is enough for one replica
   */
  tokenLock?: TokenLock | undefined;
  /**
   * What tokens are encrypted with where they leave the process (AES-256-GCM): keys of 32 bytes each, as base64. The first
   * one encrypts, any of them decrypts. `'none'` lets them leave as they are.
   *
   * Required with {@link tokenCache}, with a {@link userTokenStore} outside of the process, and for
   * `UserTokenService.sealReference`.
   */
  encryptionKeys?: readonly string[] | 'none' | undefined;
  /**
   * How long before its end the token of a user is refreshed, in seconds; never more than a fifth of its
   * lifetime.
   *
   * @defaultValue 60
   */
  refreshBeforeExpirySeconds?: number | undefined;
  /** Functions that are told what happens to tokens. */
  hooks?: TokenHooks | undefined;
  /**
   * Lets tokens and secrets travel over plain http to hosts other than loopback. Only for a network
   * that protects its traffic by other means.
   *
   * @defaultValue false
   */
  allowInsecureHttp?: boolean | undefined;
  /**
   * How many tokens are kept in memory: of the application, and of incoming tokens that were exchanged. The one
   * used least recently makes room. A token takes about 1.5 kB.
   *
   * @defaultValue 10_000
   */
  maxCachedTokens?: number | undefined;
  /**
   * `'eager'`: the start waits until each client whose token is that of the application has got one, and fails where there is
   * none, with all that is wrong. Clients with `resolveClient`, `customizeTokenRequest` or `provider`, and those that send
   * tokens of users, are left out. `'lazy'`: with the first call.
   *
   * @defaultValue 'lazy'
   */
  warmUp?: 'eager' | 'lazy' | undefined;
  /**
   * Axios as the application itself imports it (`import axios from 'axios'`), to make clients and errors with. Axios comes in two
   * builds, one for `import` and one for `require`, and an error of the one is no `instanceof AxiosError` of the other.
   *
   * @defaultValue the build for `require` where this package was loaded by `require`, as by a CommonJS application; else the one for `import`
   */
  // No type of Axios: each build has types of its own, too.
  axios?:
    { readonly VERSION: string; readonly AxiosError: new (...args: never[]) => Error } | undefined;
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
