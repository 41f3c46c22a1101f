import { excerpt } from '../../common/excerpt.js';
import { InvalidTokenError } from '../errors.js';
import type { DecodedToken } from './decode-token.js';

/** RFC 9068 section 2.1, and what servers from before it write. */
const ACCESS_TOKEN_TYPES = new Set(['at+jwt', 'application/at+jwt', 'jwt']);

/** Claims that only other kinds of tokens have: ID tokens, security events, introspection answers. */
const FOREIGN_CLAIMS = ['at_hash', 'c_hash', 's_hash', 'events', 'token_introspection'];

/** Keycloak tells its tokens apart in the payload. */
const FOREIGN_PAYLOAD_TYPES = new Set(['id', 'refresh', 'offline', 'logout']);

/**
 * Refuses every kind of token that is signed with the same keys and is no access token
 * (RFC 8725 section 3.12: mutually exclusive rules for each kind).
 *
 * @throws {InvalidTokenError}
 */
export function checkTokenKind({ header, claims }: DecodedToken): void {
  const { typ } = header;
  if (typ !== undefined && !ACCESS_TOKEN_TYPES.has(typ.toLowerCase()))
    throw foreign(`typ ${excerpt(typ)}`);
  const claim = FOREIGN_CLAIMS.find((name) => claims[name] !== undefined);
  if (claim) throw foreign(`claim ${claim}`);
  const { typ: payloadType, token_use: use } = claims;
  if (typeof payloadType === 'string' && FOREIGN_PAYLOAD_TYPES.has(payloadType.toLowerCase())) {
    throw foreign(`claim typ ${excerpt(payloadType)}`);
  }
  // Amazon Cognito: access tokens say so.
  if (use !== undefined && use !== 'access') throw foreign('claim token_use is not access');
}

function foreign(detail: string): InvalidTokenError {
  return new InvalidTokenError('kind', detail);
}
