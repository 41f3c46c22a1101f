import { randomUUID } from 'node:crypto';
import { lifetimeMs, readSeconds } from '../authorization-server/token-lifetime.js';
import { splitScopes } from '../common/options/lists.js';
import type { UserIdentity } from './user-identity.js';
import { SIGN_IN } from './user-token-record.js';
import type { UserTokenRecord } from './user-token.store.js';

/** The tokens that a sign-in brought, as the token endpoint gave them (RFC 6749 section 5.1). */
export interface UserTokenSet {
  accessToken: string;
  /** How the access token is sent. @defaultValue 'Bearer' */
  tokenType?: string | undefined;
  /** How long the access token lives, in seconds from now. Default: the `exp` of a JWT, else 300. */
  expiresInSeconds?: number | undefined;
  /** What the access token allows: an array, or one string with spaces between. @defaultValue unknown */
  scope?: string | readonly string[] | undefined;
  /** Without it, the user has to sign in again when the access token has ended. */
  refreshToken?: string | undefined;
  /** Says who the user is. Has to be verified before. */
  idToken?: string | undefined;
}

/** @throws {TypeError} where there is no usable access token */
export function recordOf(
  tokens: UserTokenSet,
  { issuer, subject }: UserIdentity,
  now: number,
): UserTokenRecord {
  const { accessToken, tokenType = 'Bearer', refreshToken, idToken, scope = [] } = tokens;
  if (typeof accessToken !== 'string' || !/^[\x21-\x7e]+$/.test(accessToken)) {
    throw new TypeError('UserTokenService.store: accessToken is missing, or cannot be sent.');
  }
  const type = tokenType.toLowerCase();
  if (type !== 'bearer' && type !== 'dpop') {
    throw new TypeError('UserTokenService.store: tokenType is neither Bearer nor DPoP.');
  }
  const lifetime = lifetimeMs(
    { access_token: accessToken, expires_in: readSeconds(tokens.expiresInSeconds) },
    now,
  );
  const access = {
    accessToken,
    tokenType: type === 'dpop' ? ('DPoP' as const) : ('Bearer' as const),
    requestedAt: now,
    expiresAt: now + lifetime,
    scopes: splitScopes(scope),
    requestedScopes: [],
  };
  return {
    version: randomUUID(),
    issuer,
    subject,
    refreshToken,
    idToken,
    accessTokens: { [SIGN_IN]: access },
    ended: false,
  };
}
