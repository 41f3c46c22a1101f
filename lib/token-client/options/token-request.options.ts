import type {
  ClientAuthentication,
  ClientSecretSource,
} from '../../authorization-server/client-authentication/client-authentication.js';
import type { DPoPOptions } from '../../authorization-server/dpop/dpop.options.js';
import type { RetryOn401 } from '../calls/retry-on-401.js';
import type { TokenRequestCustomizer } from './token-request.context.js';

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
  /**
   * Who this application is at the authorization server. Required. Where a client has a `clientId` or a
   * `clientSecret` of its own, nothing of the shared credentials is used for it.
   */
  clientId?: string | undefined;
  /**
   * The secret of {@link clientId}. Required, unless {@link clientAuthentication} is by key or certificate.
   */
  clientSecret?: ClientSecretSource | undefined;
  /**
   * How the client proves who it is.
   *
   * @defaultValue 'client_secret_basic', or 'client_secret_post' where the metadata of the server lists that one alone
   */
  clientAuthentication?: ClientAuthentication | undefined;
  /** The scopes to ask for: an array, or one string with spaces between them. Default: what the server gives. */
  scope?: string | readonly string[] | undefined;
  /** The API, or APIs, that the token is for, as a URI (RFC 8707). */
  resource?: string | readonly string[] | undefined;
  /** The API that the token is for, for authorization servers that have `audience` in place of `resource`. */
  audience?: string | undefined;
  /** Whatever else the token endpoint wants to have. May not replace what an option or the grant decides. */
  parameters?: Readonly<Record<string, string>> | undefined;
  /**
   * Binds tokens to a key of this process (DPoP, RFC 9449), so that nobody else can use them. A server
   * that gives out a Bearer token all the same is refused.
   *
   * @defaultValue false
   */
  dpop?: boolean | DPoPOptions | undefined;
  /**
   * What happens when the server grants less scopes than were asked for: a warning in the log, a
   * `ScopeNotGrantedError`, or nothing.
   *
   * @defaultValue 'warn'
   */
  onNarrowerScope?: 'warn' | 'error' | 'ignore' | undefined;
  /**
   * `'Bearer'` takes tokens whose `token_type` is one that nobody knows, such as `BearerToken`, for Bearer tokens. One that is
   * missing counts as Bearer anyway. Not together with {@link dpop}.
   *
   * @defaultValue none: such answers are refused
   */
  tokenType?: 'Bearer' | undefined;
  /**
   * How long a token lives that comes without `expires_in` and is no JWT with `exp`, in seconds, up to 86,400.
   *
   * @defaultValue 300
   */
  defaultLifetimeSeconds?: number | undefined;
  /**
   * Whether a call that is answered with 401 is made once more, with a new token; with `{ statuses }` for APIs that answer 403 or 419.
   *
   * @defaultValue 'safe'
   */
  retryOn401?: RetryOn401 | undefined;
  /** Changes what is asked for, from call to call: by method, URL or headers. */
  customizeTokenRequest?: TokenRequestCustomizer | undefined;
}

/** What `resolveClient` gives for a tenant: all that the options of the client do not say. */
export type TenantOptions = Omit<
  TokenRequestOptions,
  'retryOn401' | 'customizeTokenRequest' | 'onNarrowerScope'
>;
