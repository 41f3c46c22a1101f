import type { TokenKind } from '../options/token-client.options.js';

/**
 * What would be sent for a named client, and why. A plain object, fit for JSON and for a log: it holds
 * no token, no secret and no value of an extra parameter. Times are in ISO 8601.
 */
export interface TokenExplanation {
  /** The named client. */
  readonly client: string;
  /** What the next call will do, in one sentence. */
  readonly reason: string;
  /** Whose token it is, as the option `token` says: `client` is the one of this application itself. */
  readonly kind: TokenKind;
  /** Which options decide what is asked for, beside the plain ones. */
  readonly decidedBy: readonly ('customizeTokenRequest' | 'resolveClient' | 'provider')[];
  /** In whose name it is asked for, where the client has tenants. */
  readonly tenant?: string;
  /** What is asked for. Missing where a `provider` gets the token, or `resolveClient` was not asked yet. */
  readonly request?: ExplainedRequest;
  /** The origins that may see the token. */
  readonly allowedOrigins: readonly string[];
  /**
   * How things stand with the token: there is none that can be used; it is fresh; it is due for renewal in
   * the background; it is about to end, so that calls wait for the next one; or there is one for each user.
   */
  readonly state: 'none' | 'fresh' | 'renewal_due' | 'expiring' | 'per_user';
  /**
   * Whether the `tokenCache` answers, in which the token of another replica is looked for first. Missing where this token
   * is not shared.
   */
  readonly tokenCache?: 'ready' | 'unavailable';
  /** Whether a token request is under way. */
  readonly underWay: boolean;
  /** When the token ends. */
  readonly expiresAt?: string;
  /** From when on a call renews the token. */
  readonly renewsFrom?: string;
  /** The scopes of the token. */
  readonly grantedScopes?: readonly string[];
  /** The scopes that were asked for and not granted. */
  readonly missingScopes?: readonly string[];
  /** Why the last token request failed, unless one was met since. */
  readonly lastError?: ExplainedError;
  /** Until when the authorization server is not asked: it refused, or named a time (`Retry-After`). */
  readonly notBefore?: string;
}

/** The token request of a {@link TokenExplanation}. */
export interface ExplainedRequest {
  /** The authorization server, where its token endpoint is discovered. */
  readonly issuer?: string;
  /** The token endpoint, without its query, where it is given. */
  readonly tokenEndpoint?: string;
  readonly clientId: string;
  /** How the client proves who it is, by the registered name, such as `client_secret_basic`. */
  readonly authentication: string;
  readonly grantType: string;
  readonly scopes: readonly string[];
  readonly resource: readonly string[];
  readonly audience?: string;
  /** The names of the extra parameters. Their values can be secrets. */
  readonly parameters: readonly string[];
  /** Whether the token is bound to a key (DPoP). */
  readonly dpop: boolean;
}

/** The last error of a {@link TokenExplanation}. */
export interface ExplainedError {
  readonly code: string;
  readonly message: string;
  readonly at: string;
}
