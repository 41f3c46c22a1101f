import { errors } from 'oidc-provider';
import { accessTokenType, jwtType, type ExchangeParameters } from './exchange.parameters.js';

/** The subject token, if what came with it is as RFC 8693 section 2.1 wants it. */
export function subjectTokenIn(params: ExchangeParameters): string {
  const { subject_token, subject_token_type, actor_token, actor_token_type } = params;
  const { requested_token_type = accessTokenType } = params;
  if (subject_token === undefined) {
    throw new errors.InvalidRequest('subject_token is missing');
  }
  if (!(isTokenType(subject_token_type) && isTokenType(requested_token_type))) {
    throw new errors.InvalidRequest('only access tokens are exchanged, for access tokens');
  }
  const fits =
    actor_token === undefined ? actor_token_type === undefined : isTokenType(actor_token_type);
  if (!fits) {
    throw new errors.InvalidRequest('actor_token and actor_token_type do not go together');
  }
  return subject_token;
}

/** Ours are JWTs, and may be called so. */
function isTokenType(type: string | undefined): boolean {
  return type === accessTokenType || type === jwtType;
}
