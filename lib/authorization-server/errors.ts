import { AccessTokenError } from '../common/access-token.error.js';
import { oneLine } from '../common/excerpt.js';
import { see } from '../common/see.js';
import { adviceFor } from './refusal-advice.js';
import { NO_DETAILS, type RefusalDetails } from './refusal-details.js';

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
  /** @defaultValue 'client_credentials' */
  grantType?: string | undefined;
  /** @defaultValue none */
  details?: RefusalDetails | undefined;
  /** What else may help, as a sentence. */
  hint?: string | undefined;
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
  /** What was refused: the grant type of the request, such as `client_credentials` or `refresh_token`. */
  readonly grantType: string;
  /** What the server says besides, as far as it is safe to be shown: `claims`, `suberror`, `error_uri` and the like. Frozen. */
  readonly details: RefusalDetails;
  readonly #hint: string | undefined;

  constructor(refusal: TokenRefusal) {
    const { client, endpoint, status, oauthError, oauthErrorDescription, hint } = refusal;
    const { grantType = 'client_credentials' } = refusal;
    const said = oauthErrorDescription ? ` ("${oauthErrorDescription}")` : '';
    const advice = [adviceFor(oauthError, client, grantType), hint].filter(Boolean).join(' ');
    super(
      `Client '${client}' got no access token: ${endpoint} answered ${status} ${oauthError}${said}. ${advice} ${see('errors', 'token_request_failed')}`,
    );
    this.details = refusal.details ?? NO_DETAILS;
    this.#hint = hint;
    this.client = client;
    this.endpoint = endpoint;
    this.status = status;
    this.oauthError = oauthError;
    this.oauthErrorDescription = oauthErrorDescription;
    this.grantType = grantType;
  }

  /** @internal */
  override forClient(client: string): TokenRequestError {
    const { endpoint, status, oauthError, oauthErrorDescription, grantType, details } = this;
    const refusal = { endpoint, status, oauthError, oauthErrorDescription, grantType, details };
    return new TokenRequestError({ ...refusal, client, hint: this.#hint });
  }
}

/** What a {@link TokenEndpointUnavailableError} knows. */
export interface TokenEndpointFailure {
  client: string;
  endpoint: string;
  reason: string;
  status?: number | undefined;
  retryAt?: Date | undefined;
  /** Whether the reason says what to do. */
  isAdvised?: boolean | undefined;
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
  /** Until when the server asked us to wait (`Retry-After`). It is not asked before. */
  readonly retryAt: Date | undefined;
  readonly #isAdvised: boolean;

  constructor(failure: TokenEndpointFailure) {
    const { client, reason, status, retryAt, isAdvised = false } = failure;
    // Where there was an answer, the reason says what was wrong with it.
    const isUnclear = status === undefined && !isAdvised;
    const advice = isUnclear ? ' Is the server running, and its address right?' : '';
    const pause = retryAt ? ` It is not asked again before ${retryAt.toISOString()}.` : '';
    super(
      `Client '${client}' got no access token: ${reason}.${advice}${pause} ${see('errors', 'token_endpoint_unavailable')}`,
    );
    this.client = client;
    this.endpoint = failure.endpoint;
    this.reason = reason;
    this.status = status;
    // Of its own: a Date can be changed, and the failure is remembered.
    this.retryAt = retryAt && new Date(retryAt);
    this.#isAdvised = isAdvised;
  }

  /** @internal */
  override forClient(client: string): TokenEndpointUnavailableError {
    const { endpoint, reason, status, retryAt } = this;
    const isAdvised = this.#isAdvised;
    return new TokenEndpointUnavailableError({
      client,
      endpoint,
      reason,
      status,
      retryAt,
      isAdvised,
    });
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
      `Client '${client}' got no access token: its ${option} could not be read. The function ${reason}. ${see('errors', 'client_secret_unavailable')}`,
    );
  }

  /** @internal */
  override forClient(client: string): ClientSecretUnavailableError {
    return new ClientSecretUnavailableError(client, this.reason, this.option);
  }
}

/**
 * The `provider` of a client failed, took too long or gave no token. What it threw is not repeated, as it
 * may hold what must not be seen: log it in the provider itself.
 */
export class TokenProviderFailedError extends NoTokenError {
  override readonly name = 'TokenProviderFailedError';
  readonly code = 'token_provider_failed';

  constructor(
    /** The named client that was to get a token. */
    readonly client: string,
    /** What happened, for people. */
    readonly reason: string,
  ) {
    super(
      `Client '${client}' got no access token: its provider ${reason}. ${see('errors', 'token_provider_failed')}`,
    );
  }

  /** @internal */
  override forClient(client: string): TokenProviderFailedError {
    return new TokenProviderFailedError(client, this.reason);
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
      `Client '${client}' got an access token without ${oneLine(missingScopes.join(' '))}, which it asked for. ` +
        `Allow it to the clientId at the authorization server, or remove it from scope. ${see('errors', 'scope_not_granted')}`,
    );
  }

  /** @internal */
  override forClient(client: string): ScopeNotGrantedError {
    return new ScopeNotGrantedError(client, this.missingScopes);
  }
}
