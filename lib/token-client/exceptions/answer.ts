import { isJsonObject } from '../../common/json.js';
import {
  TokenEndpointUnavailableError,
  TokenRequestError,
} from '../../authorization-server/errors.js';
import { clientOfFailedCall } from '../axios/failed-call.js';
import { UserReferenceError } from '../../user-tokens/user-reference.error.js';
import { NoUserError, ReauthenticationRequiredError } from '../../user-tokens/user-token.errors.js';
import { claimsForChallenge } from './challenge-claims.js';

/** What a client is told: fixed words, and nothing that others said. */
export interface ErrorAnswer {
  readonly status: 401 | 502 | 503 | 504;
  readonly message: string;
  /** For `WWW-Authenticate` (RFC 6750 section 3). */
  readonly challenge?: string;
  readonly retryAfterSeconds?: number;
}

const EXCHANGES: ReadonlySet<string> = new Set([
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
]);
/** What is said about the token that was to be exchanged, or about its user (RFC 8693 section 2.2.2, OpenID Connect Core 3.1.2.6). */
const ABOUT_THE_SUBJECT: ReadonlySet<string> = new Set([
  'access_denied',
  'consent_required',
  'interaction_required',
  'invalid_grant',
  'invalid_request',
  'invalid_token',
  'login_required',
]);
/** How long a refusal of the authorization server is remembered. */
const REFUSED_SECONDS = 30;
const SOON_SECONDS = 5;
const LONGEST_SECONDS = 5 * 60;

/** Whether somebody has to sign in, and that is all. */
export function wantsUser(error: unknown): boolean {
  return (
    error instanceof ReauthenticationRequiredError ||
    error instanceof NoUserError ||
    error instanceof UserReferenceError
  );
}

/** The answer to a request that failed with an error which is {@link Answerable}. */
export function answerTo(error: unknown, nowMs: number): ErrorAnswer {
  if (wantsUser(error)) {
    return { status: 401, message: 'Please sign in first.', challenge: 'Bearer' };
  }
  if (clientOfFailedCall(error) !== undefined) return answerToFailedCall(error);
  if (error instanceof TokenRequestError) return answerToRefusal(error);
  return {
    status: 503,
    message: 'Something that is needed for this cannot be had at the moment. Please try again.',
    retryAfterSeconds: secondsUntil(error, nowMs),
  };
}

function answerToRefusal(refusal: TokenRequestError): ErrorAnswer {
  const exchange = EXCHANGES.has(refusal.grantType);
  const claims = exchange ? claimsForChallenge(refusal) : undefined;
  if (claims !== undefined) {
    return {
      status: 401,
      message: 'More is asked of the user. Please get a new access token with the claims.',
      challenge: `Bearer error="insufficient_claims", claims="${claims}"`,
    };
  }
  if (exchange && ABOUT_THE_SUBJECT.has(refusal.oauthError)) {
    return {
      status: 401,
      message: 'The access token is not accepted. Please get a new one.',
      challenge: 'Bearer error="invalid_token"',
    };
  }
  return {
    status: 503,
    message: 'Something that is needed for this cannot be had at the moment.',
    retryAfterSeconds: REFUSED_SECONDS,
  };
}

function answerToFailedCall(error: unknown): ErrorAnswer {
  const { response, code } = isJsonObject(error) ? error : {};
  const late = !response && (code === 'ECONNABORTED' || code === 'ETIMEDOUT');
  return late
    ? { status: 504, message: 'Something that is needed for this did not answer in time.' }
    : { status: 502, message: 'Something that is needed for this did not do its part.' };
}

function secondsUntil(error: unknown, nowMs: number): number {
  const retryAt = error instanceof TokenEndpointUnavailableError ? error.retryAt : undefined;
  if (!retryAt) return SOON_SECONDS;
  const seconds = Math.ceil((retryAt.getTime() - nowMs) / 1000);
  return Math.min(Math.max(seconds, 1), LONGEST_SECONDS);
}
