import { plainText } from '../common/plain-text.js';

/**
 * Error codes that mean something to us: those of OAuth and OpenID Connect (RFC 6749 sections 4.1.2.1 and 5.2, RFC 7009,
 * RFC 8628, RFC 8707, RFC 9126, RFC 9449, OpenID Connect Core 3.1.2.6), and what servers say in their place.
 */
const KNOWN: ReadonlySet<string> = new Set([
  'access_denied',
  'account_selection_required',
  'authorization_pending',
  'bad_refresh_token',
  'consent_required',
  'expired_token',
  'insufficient_user_authentication',
  'interaction_required',
  'invalid_client',
  'invalid_dpop_proof',
  'invalid_grant',
  'invalid_refresh_token',
  'invalid_request',
  'invalid_request_object',
  'invalid_request_uri',
  'invalid_scope',
  'invalid_target',
  'invalid_token',
  'login_required',
  'registration_not_supported',
  'request_not_supported',
  'request_uri_not_supported',
  'server_error',
  'slow_down',
  'temporarily_unavailable',
  'unauthorized_client',
  'unmet_authentication_requirements',
  'unsupported_grant_type',
  'unsupported_response_type',
  'unsupported_token_type',
  'use_dpop_nonce',
]);

/**
 * The error code of a server, fit to be shown. One that is known is left as it is, as it decides what follows: it tells
 * nothing of a secret, even where one is a word of it.
 *
 * @param secrets what a code that is not known must not show
 */
export function errorCode(given: string, secrets: readonly string[]): string {
  return KNOWN.has(given) ? given : plainText(given, 100, secrets) || 'an unreadable error';
}
