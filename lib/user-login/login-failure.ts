import { AuthorizationResponseError, ClientError } from 'openid-client';
import { errorCode } from '../authorization-server/error-code.js';
import { plainText } from '../common/plain-text.js';
import { withoutPage } from '../common/see.js';
import type { TokenRequestAttempt } from '../authorization-server/token-request-attempt.js';
import { TokenRequestError } from '../authorization-server/errors.js';
import { UserTokenStoreError } from '../user-tokens/user-token.errors.js';
import { LoginError, LoginFailedError, LoginRefusedError, UnknownLoginError } from './errors.js';
import { RefusedByServer } from './login.strategy.js';

/** What was learnt on the way, which says whose fault it is that something failed. */
export interface Progress {
  /** What went wrong in a request of ours; openid-client would wrap it. */
  failure: unknown;
  /** The key that the ID token names. */
  kid?: string | undefined;
  /** Whether the code was redeemed, or at least tried. */
  redeeming: boolean;
}

/** What the server says where it is this application that is at fault, and not the user (RFC 6749, 8707, 9101). */
const OUR_FAULT = new Set([
  'invalid_authorization_details',
  'invalid_dpop_proof',
  'invalid_request',
  'invalid_request_object',
  'invalid_request_uri',
  'invalid_scope',
  'invalid_target',
  'request_not_supported',
  'request_uri_not_supported',
  'unauthorized_client',
  'unsupported_response_type',
]);

/**
 * What to tell of whatever went wrong. Never the error itself as a `cause`: those of the libraries hold requests and
 * answers.
 */
export function loginFailure(
  error: unknown,
  attempt: TokenRequestAttempt,
  { failure, redeeming }: Progress,
  secrets: readonly string[],
): LoginError {
  if (error instanceof LoginError) return error;
  if (error instanceof RefusedByServer)
    return refusal(error.oauthError, error.description, secrets);
  if (error instanceof AuthorizationResponseError) {
    return refusal(error.error, error.error_description, secrets);
  }
  // What openid-client itself finds fault with; its texts are fixed.
  if (failure === undefined && error instanceof ClientError) {
    const reason = plainText(textOf(error), 300, secrets);
    return redeeming
      ? new LoginFailedError(502, `the token response cannot be trusted: ${reason}`)
      : new UnknownLoginError(reason);
  }
  const told = attempt.failure(failure ?? error);
  if (!(told instanceof TokenRequestError)) {
    return new LoginFailedError(
      503,
      'reason' in told ? String(told.reason) : withoutPage(told.message),
    );
  }
  // The code was good for too short a time, or somebody was faster.
  if (told.oauthError === 'invalid_grant') {
    return new LoginRefusedError('invalid_grant', told.oauthErrorDescription);
  }
  const { endpoint, status, oauthError, oauthErrorDescription: said } = told;
  return new LoginFailedError(502, answered(`${endpoint} answered ${status} ${oauthError}`, said));
}

/** What to tell where the store of the users' tokens fails; anything else as it is. */
export function orStoreFailure(error: unknown): unknown {
  return error instanceof UserTokenStoreError
    ? new LoginFailedError(503, withoutPage(error.message))
    : error;
}

function refusal(
  oauthError: string,
  description: string | undefined,
  secrets: readonly string[],
): LoginError {
  const code = errorCode(oauthError, secrets);
  const said = description && plainText(description, 300, secrets);
  const reason = answered(`the authorization endpoint answered ${code}`, said);
  if (code === 'temporarily_unavailable') return new LoginFailedError(503, reason);
  if (code === 'server_error' || OUR_FAULT.has(code)) return new LoginFailedError(502, reason);
  return new LoginRefusedError(code, said);
}

function answered(what: string, said: string | undefined): string {
  return what + (said ? ` ("${said}")` : '');
}

function textOf(error: Error): string {
  return error.cause instanceof Error && error.cause.message ? error.cause.message : error.message;
}
