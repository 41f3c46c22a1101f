import { HttpException } from '@nestjs/common';
import { AccessTokenError } from '../common/access-token.error.js';
import { oneLine } from '../common/excerpt.js';

/** Details name what was found, which others wrote. */
const MAX_DETAIL_LENGTH = 2_000;

/** The parameters of a challenge (RFC 6750 section 3), and when to come back. */
export interface Refusal {
  readonly status: number;
  /** RFC 6750 section 3.1; absent where the client sent no credentials at all. */
  readonly error?: 'invalid_request' | 'invalid_token' | 'insufficient_scope' | undefined;
  readonly description: string;
  /** All scopes that the operation needs. */
  readonly scopes?: readonly string[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * Why a request was refused. A Nest `HttpException` that answers by itself, and an
 * {@link AccessTokenError}. What the client is told is one of a few fixed texts.
 */
export abstract class RequestRefusedError extends HttpException {
  abstract readonly code: string;
  /** Why the token is no good; only {@link InvalidTokenError} has it. */
  declare readonly reason?: InvalidTokenReason;
  /** For the log: what exactly was found, where there is more to tell. Never sent to the client, never the token. */
  declare readonly detail?: string;

  protected constructor(
    /** What the client is told. */
    readonly refusal: Refusal,
  ) {
    const { status, error, description } = refusal;
    super(
      { statusCode: status, error: error ?? TITLES[status] ?? 'Error', message: description },
      status,
    );
    this.name = new.target.name;
  }
}

AccessTokenError.brand(RequestRefusedError);

const TITLES: Record<number, string> = { 401: 'Unauthorized', 503: 'Service Unavailable' };

/**
 * 401 without an error code: the request brought no access token, or credentials of another scheme than Bearer (RFC 6750
 * section 3.1).
 */
export class MissingTokenError extends RequestRefusedError {
  readonly code = 'missing_token';

  /** @param isElsewhere - whether credentials came, and none of the scheme Bearer */
  constructor(scopes: readonly string[] = [], isElsewhere = false) {
    const hint = isElsewhere ? '. Send it as Authorization: Bearer' : '';
    super({ status: 401, description: `An access token is required${hint}`, scopes });
  }
}

/** 400: the request is malformed, such as two Authorization headers. */
export class InvalidRequestError extends RequestRefusedError {
  readonly code = 'invalid_request';

  constructor(description: string) {
    super({ status: 400, error: 'invalid_request', description });
  }
}

/** What is wrong with a token, for logs and programs; the client learns less. */
export type InvalidTokenReason =
  | 'malformed'
  | 'too_large'
  | 'issuer'
  | 'kind'
  | 'algorithm'
  | 'key'
  | 'signature'
  | 'expired'
  | 'not_yet_valid'
  | 'claims'
  | 'audience'
  | 'binding'
  | 'revoked'
  | 'rejected';

const INVALID = 'The access token is invalid';

/** The same text for all that has to do with keys and signatures: an attacker learns nothing from it. */
const DESCRIPTIONS: Record<InvalidTokenReason | 'no_audience', string> = {
  malformed: INVALID,
  too_large: 'The access token is too large',
  issuer: 'The access token comes from an issuer that is not trusted here',
  kind: 'The token is not an access token',
  algorithm: INVALID,
  key: INVALID,
  signature: INVALID,
  expired: 'The access token has expired',
  not_yet_valid: 'The access token is not valid yet',
  claims: INVALID,
  audience: 'The access token is meant for another audience',
  no_audience: 'The access token names no audience',
  binding: 'The access token is bound to a key that was not proven',
  revoked: 'The access token has been revoked',
  rejected: INVALID,
};

/** 401: the access token is no good (RFC 6750 section 3.1). */
export class InvalidTokenError extends RequestRefusedError {
  readonly code = 'invalid_token';

  /** For the log: what exactly was found, on one line. Never sent to the client, never the token. */
  override readonly detail: string;

  /** @param shownAs - the reason that the client is told of, where it must not learn the real one */
  constructor(
    /** Stable, for programs and logs. */
    override readonly reason: InvalidTokenReason,
    detail: string,
    shownAs: keyof typeof DESCRIPTIONS = reason,
  ) {
    super({ status: 401, error: 'invalid_token', description: DESCRIPTIONS[shownAs] });
    this.detail = oneLine(detail, MAX_DETAIL_LENGTH);
  }
}

/** 403: the access token is good and lacks a scope (RFC 6750 section 3.1). */
export class InsufficientScopeError extends RequestRefusedError {
  readonly code = 'insufficient_scope';

  constructor(
    /** All scopes that the operation needs. */
    readonly requiredScopes: readonly string[],
  ) {
    super({
      status: 403,
      error: 'insufficient_scope',
      description: 'The access token lacks a scope that this operation needs',
      scopes: requiredScopes,
    });
  }
}

/**
 * 403: the access token is good, and does not allow this operation: a role, a permission, a claim or a
 * policy says no. The client is not told which; to RFC 6750 section 3.1 it is `insufficient_scope` all the same.
 */
export class AccessDeniedError extends RequestRefusedError {
  readonly code = 'access_denied';

  /** For the log: what the token does not meet, such as `role admin`. Never sent to the client. */
  override readonly detail: string;

  constructor(
    /** All scopes that the operation needs. */
    readonly requiredScopes: readonly string[] = [],
    detail = 'the application',
  ) {
    super({
      status: 403,
      error: 'insufficient_scope',
      description: 'The access token does not allow this operation',
      scopes: requiredScopes,
    });
    this.detail = oneLine(detail, MAX_DETAIL_LENGTH);
  }
}

/**
 * 503 with `Retry-After`: whether the token is good cannot be known. The keys of the authorization server cannot be had
 * and none are cached, a function among the options failed or gave no answer in time, or there are too many tokens of
 * unknown issuers. The token may well be good, so the client must not throw it away.
 */
export class KeysUnavailableError extends RequestRefusedError {
  readonly code = 'keys_unavailable';

  /** For the log: why it cannot be known. */
  override readonly detail: string;

  constructor(retryAfterSeconds: number, detail: string) {
    super({
      status: 503,
      description: 'Access tokens cannot be checked at the moment',
      retryAfterSeconds,
    });
    this.detail = oneLine(detail, MAX_DETAIL_LENGTH);
  }
}
