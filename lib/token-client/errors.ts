import { AccessTokenError } from '../common/access-token.error.js';

/**
 * Why a named client has no token. Each caller gets an error of its own, with the name of the client it
 * used, although many callers may have waited for the same token request.
 */
export abstract class NoTokenError extends AccessTokenError {
  /** The named client that was to get a token. */
  abstract readonly client: string;

  /** @internal The same failure, as another client or caller sees it. */
  abstract forClient(client: string): NoTokenError;
}

/** What a {@link TokenRequestError} knows. */
export interface TokenRefusal {
  client: string;
  endpoint: string;
  status: number;
  oauthError: string;
  oauthErrorDescription?: string | undefined;
}

/**
 * The authorization server refused the token request (RFC 6749 section 5.2). Asking again will not help
 * until somebody changes the configuration here or there.
 */
export class TokenRequestError extends NoTokenError {
  override readonly name = 'TokenRequestError';
  readonly code = 'token_request_failed';
  /** The named client that was to get a token. */
  readonly client: string;
  /** The token endpoint, without its query. */
  readonly endpoint: string;
  /** The HTTP status of the answer. */
  readonly status: number;
  /** The error code of the answer, such as `invalid_client`. */
  readonly oauthError: string;
  /** What the server says about it, as plain text and at most 300 characters. */
  readonly oauthErrorDescription: string | undefined;

  constructor(refusal: TokenRefusal) {
    const { client, endpoint, status, oauthError, oauthErrorDescription } = refusal;
    const said = oauthErrorDescription ? ` ("${oauthErrorDescription}")` : '';
    super(
      `Client '${client}' got no access token: ${endpoint} answered ${status} ${oauthError}${said}. ${adviceFor(oauthError, client)}`,
    );
    this.client = client;
    this.endpoint = endpoint;
    this.status = status;
    this.oauthError = oauthError;
    this.oauthErrorDescription = oauthErrorDescription;
  }

  /** @internal */
  override forClient(client: string): TokenRequestError {
    const { endpoint, status, oauthError, oauthErrorDescription } = this;
    return new TokenRequestError({ client, endpoint, status, oauthError, oauthErrorDescription });
  }
}

/** What a {@link TokenEndpointUnavailableError} knows. */
export interface TokenEndpointFailure {
  client: string;
  endpoint: string;
  reason: string;
  status?: number | undefined;
  retryAt?: Date | undefined;
}

/**
 * The authorization server gave no answer that could be used: it was unreachable, too slow, or said
 * something that is no token response. It may well work later.
 */
export class TokenEndpointUnavailableError extends NoTokenError {
  override readonly name = 'TokenEndpointUnavailableError';
  readonly code = 'token_endpoint_unavailable';
  /** The named client that was to get a token. */
  readonly client: string;
  /** The token endpoint, without its query; the issuer while the endpoint is not known. */
  readonly endpoint: string;
  /** What happened, for people. */
  readonly reason: string;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** Until when the server wants to be left alone (`Retry-After`). It is not asked before. */
  readonly retryAt: Date | undefined;

  constructor(failure: TokenEndpointFailure) {
    const { client, reason, status, retryAt } = failure;
    // Where there was an answer, the reason says what was wrong with it.
    const advice = status === undefined ? ' Is the server running, and its address right?' : '';
    const pause = retryAt ? ` It is not asked again before ${retryAt.toISOString()}.` : '';
    super(`Client '${client}' got no access token: ${reason}.${advice}${pause}`);
    this.client = client;
    this.endpoint = failure.endpoint;
    this.reason = reason;
    this.status = status;
    this.retryAt = retryAt;
  }

  /** @internal */
  override forClient(client: string): TokenEndpointUnavailableError {
    const { endpoint, reason, status, retryAt } = this;
    return new TokenEndpointUnavailableError({ client, endpoint, reason, status, retryAt });
  }
}

/**
 * What a client proves itself with could not be read: the function that was given as `clientSecret` (or
 * as `key` or `certificate` of `clientAuthentication`) failed, took too long or returned nothing usable.
 * What it threw is not repeated, as it may hold what must not be seen: log it in the function itself.
 */
export class ClientSecretUnavailableError extends NoTokenError {
  override readonly name = 'ClientSecretUnavailableError';
  readonly code = 'client_secret_unavailable';

  constructor(
    /** The named client that was to get a token. */
    readonly client: string,
    /** What happened, for people. */
    readonly reason: string,
    /** The option that holds the function. */
    readonly option = 'clientSecret',
  ) {
    super(
      `Client '${client}' got no access token: its ${option} could not be read. The function ${reason}.`,
    );
  }

  /** @internal */
  override forClient(client: string): ClientSecretUnavailableError {
    return new ClientSecretUnavailableError(client, this.reason, this.option);
  }
}

/** The server granted less scopes than were asked for, and `onNarrowerScope` is `'error'`. */
export class ScopeNotGrantedError extends NoTokenError {
  override readonly name = 'ScopeNotGrantedError';
  readonly code = 'scope_not_granted';

  constructor(
    /** The named client that was to get a token. */
    readonly client: string,
    /** The scopes that were asked for and not granted. */
    readonly missingScopes: readonly string[],
  ) {
    super(
      `Client '${client}' got an access token without ${missingScopes.join(' ')}, which it asked for. ` +
        `Allow it to the clientId at the authorization server, or remove it from scope.`,
    );
  }

  /** @internal */
  override forClient(client: string): ScopeNotGrantedError {
    return new ScopeNotGrantedError(client, this.missingScopes);
  }
}

/**
 * The token of the user has ended and cannot be had without the user, who has to sign in again. Nothing
 * was sent, and nothing more is asked for until then.
 */
export class ReauthenticationRequiredError extends NoTokenError {
  override readonly name = 'ReauthenticationRequiredError';
  readonly code = 'reauthentication_required';

  constructor(
    /** The named client that was to get a token. */
    readonly client: string,
    /** What happened, for people. */
    readonly reason: string,
  ) {
    super(`Client '${client}' got no token of the user: ${reason}. The user has to sign in again.`);
  }

  /** @internal */
  override forClient(client: string): ReauthenticationRequiredError {
    return new ReauthenticationRequiredError(client, this.reason);
  }
}

/** A call was to be made in the name of a user, and there is none. Nothing was sent. */
export class NoUserError extends NoTokenError {
  override readonly name = 'NoUserError';
  readonly code = 'no_user';

  constructor(
    /** The named client that was to get a token. */
    readonly client: string,
    /** What is missing, for people. */
    readonly reason = 'no user is signed in, and no access token of a user came with the request',
  ) {
    super(
      `Client '${client}' sends the token of the current user: ${reason}. Outside of requests, use runAs; where a call may do without a user, set withoutUser to 'client'.`,
    );
  }

  /** @internal */
  override forClient(client: string): NoUserError {
    return new NoUserError(client, this.reason);
  }
}

/** The store of user tokens failed. What could not be written is kept in memory, and tried again with the next call. */
export class UserTokenStoreError extends AccessTokenError {
  override readonly name = 'UserTokenStoreError';
  readonly code = 'user_token_store_failed';

  constructor(
    /** What was to be done. */
    readonly operation: 'read' | 'write' | 'delete',
    /** What happened, for people. */
    readonly reason: string,
  ) {
    super(`The store of user tokens could not ${operation} a record: ${reason}.`);
  }
}

/** A client with `resolveClient` has nobody to ask in the name of, or could not learn how. Nothing was sent. */
export class TenantUnresolvedError extends AccessTokenError {
  override readonly name = 'TenantUnresolvedError';
  readonly code = 'tenant_unresolved';

  constructor(
    /** The named client. */
    readonly client: string,
    /** The tenant, if there was one. */
    readonly tenant: string | undefined,
    /** What happened, for people. */
    readonly reason: string,
  ) {
    super(`Client '${client}' does not know how to get a token: ${reason}.`);
  }
}

/** What a call, `customizeTokenRequest` or `resolveClient` says about the token cannot be asked for. Nothing was sent. */
export class InvalidTokenOptionsError extends AccessTokenError {
  override readonly name = 'InvalidTokenOptionsError';
  readonly code = 'invalid_token_options';

  constructor(
    /** The named client. */
    readonly client: string,
    /** One sentence for each fault, beginning with the name of the option. */
    readonly faults: readonly string[],
  ) {
    super(
      `Client '${client}' cannot ask for a token like this:\n${faults.map((f) => `  - ${f}`).join('\n')}`,
    );
  }
}

/** A call was about to take its token to an origin that the client was not given one for. Nothing was sent. */
export class OriginNotAllowedError extends AccessTokenError {
  override readonly name = 'OriginNotAllowedError';
  readonly code = 'origin_not_allowed';

  constructor(
    /** The named client that was used. */
    readonly client: string,
    /** Where the call, or a redirect of it, would have gone. */
    readonly origin: string,
    /** Where its token may go. */
    readonly allowedOrigins: readonly string[],
  ) {
    super(
      `Client '${client}' does not send its token to ${origin}, only to ${allowedOrigins.join(', ')}. ` +
        `Use another client for that API, or add it to allowedOrigins of '${client}' if it may see the token.`,
    );
  }
}

/** There is no client of that name. */
export class UnknownTokenClientError extends AccessTokenError {
  override readonly name = 'UnknownTokenClientError';
  readonly code = 'unknown_token_client';

  constructor(
    /** The name that was asked for. */
    readonly client: string,
    /** The names that there are. */
    readonly knownClients: readonly string[],
  ) {
    super(
      `There is no client '${client}'. TokenClientModule has ${knownClients.map((name) => `'${name}'`).join(', ') || 'none'}.`,
    );
  }
}

/** What to do about an error code of RFC 6749 section 5.2 or RFC 8707 section 2. */
function adviceFor(oauthError: string, client: string): string {
  switch (oauthError) {
    case 'invalid_client':
      return `Check clientId and the secret, key or certificate of client '${client}', and that the server accepts its clientAuthentication.`;
    case 'invalid_scope':
      return `Check scope of client '${client}', and that the authorization server allows it to this clientId.`;
    case 'invalid_target':
      return `Check resource and audience of client '${client}', and that the authorization server knows them.`;
    case 'unauthorized_client':
    case 'unsupported_grant_type':
      return `Allow the grant type client_credentials for the clientId of client '${client}' at the authorization server.`;
    default:
      return `Check scope, resource, audience and parameters of client '${client}'; the log of the authorization server may say more.`;
  }
}
