import type { ConfigurableModuleAsyncOptions } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import type { UserReference } from '../common/current-request.js';
import type { Revocation } from '../user-tokens/revocation.js';
import type { LoginError } from './errors.js';

/** A user has signed in. */
export interface SignedInEvent {
  /** Whose tokens were stored. Can be kept in a queue, and given to `runAs` there. */
  readonly user: UserReference;
  /** The claims of the ID token, which has been verified. */
  readonly claims: Readonly<JWTPayload>;
  /** The request under way, as Express or Fastify have it, with the new session. */
  readonly request: object;
}

/** A user has signed out. */
export interface SignedOutEvent {
  /** Who it was. The tokens are forgotten, and the session has ended. */
  readonly user: UserReference;
  /**
   * What became of the tokens at the authorization server. Signing out revokes the refresh token; `failed` also where
   * the store of the tokens did.
   */
  readonly revocation: Revocation;
}

/**
 * Options of `UserLoginModule.forRoot`. Who the application is at the authorization server, and how it proves
 * that, is said in the shared options of `TokenClientModule`; `issuer` is needed there.
 */
export interface UserLoginModuleOptions {
  /**
   * The URL under which browsers see the application, with the global prefix if it has one: the redirect URI
   * to register at the authorization server is this, `path` and `/callback`. https, or http on loopback.
   */
  baseURL: string;
  /** Where the routes `login`, `callback` and `logout` are. @defaultValue '/auth' */
  path?: string | undefined;
  /**
   * The scopes to ask for: an array, or one string with spaces between them. `openid` is always added.
   *
   * @defaultValue `openid`, `offline_access`, and the scopes of `TokenClientModule` and of its clients with `token: 'user'`
   */
  scope?: string | readonly string[] | undefined;
  /**
   * The APIs that access tokens will be for, as URIs (RFC 8707). The access token of the sign-in itself is for
   * the first of them.
   *
   * @defaultValue the resources of `TokenClientModule` and of its clients with `token: 'user'`
   */
  resource?: string | readonly string[] | undefined;
  /** What the authorization server is to ask the user, such as `login` or `consent`. @defaultValue its own choice */
  prompt?: string | undefined;
  /** More parameters of the authorization request, such as `acr_values` or `ui_locales`. */
  parameters?: Readonly<Record<string, string>> | undefined;
  /**
   * Whether the authorization request goes to the server directly, where no browser can read or change it (PAR,
   * RFC 9126).
   *
   * @defaultValue 'when-offered'
   */
  pushedAuthorizationRequests?: 'when-offered' | 'never' | undefined;
  /** Where users go who signed in without saying where from: a path of this application. @defaultValue '/' */
  afterLogin?: string | undefined;
  /**
   * Where users go who have signed out: a path of this application. The URL has to be registered at the
   * authorization server (`post_logout_redirect_uris`).
   *
   * @defaultValue '/'
   */
  afterLogout?: string | undefined;
  /**
   * Is awaited before the user is sent on. To throw is to refuse: the tokens are forgotten, the session ends, and
   * the browser gets what was thrown.
   */
  onSignedIn?: ((event: SignedInEvent) => void | Promise<void>) | undefined;
  /**
   * Is awaited after a user has signed out at the `logout` route, before the browser is sent on. What it throws is
   * logged, and changes nothing.
   */
  onSignedOut?: ((event: SignedOutEvent) => void | Promise<void>) | undefined;
  /** Is told why somebody could not sign in. What it throws is logged, and changes nothing. */
  onFailed?: ((error: LoginError) => void | Promise<void>) | undefined;
}

/** For `useClass` and `useExisting` of {@link UserLoginModuleAsyncOptions}. */
export interface UserLoginOptionsFactory {
  createUserLoginOptions(): UserLoginModuleOptions | Promise<UserLoginModuleOptions>;
}

/** Options of `UserLoginModule.forRootAsync`. */
export interface UserLoginModuleAsyncOptions extends ConfigurableModuleAsyncOptions<
  UserLoginModuleOptions,
  'createUserLoginOptions'
> {
  /** Where the routes are. Said here, as Nest has to know it before the factory runs. @defaultValue '/auth' */
  path?: string | undefined;
}
