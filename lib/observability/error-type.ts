import { AccessTokenError } from '../common/access-token.error.js';
import { TokenRequestError } from '../authorization-server/errors.js';

/** RFC 6749 section 5.2, RFC 8707 section 2, RFC 9449 section 5. */
const REGISTERED = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
  'invalid_dpop_proof',
  'use_dpop_nonce',
]);

/**
 * What went wrong, as one of few values: the error code of the authorization server if it is one that is
 * registered, else the code of our error. What a server makes up would be a new time series each time.
 */
export function errorTypeOf(error: unknown): string {
  if (error instanceof TokenRequestError && REGISTERED.has(error.oauthError)) {
    return error.oauthError;
  }
  return error instanceof AccessTokenError ? error.code : '_OTHER';
}
