import { decodeJwt, type JWTPayload } from 'jose';
import type { UserIdentity } from './user-identity.js';
import type { UserTokenRecord } from './user-token.store.js';

/** Whether a refreshed ID token is about the same user, for the same client (OpenID Connect Core section 12.2). */
export function isSameUser(
  idToken: string | undefined,
  { issuer, subject }: UserTokenRecord,
  clientId: string,
): boolean {
  if (idToken === undefined) return true;
  try {
    const { iss, sub, aud } = decodeJwt(idToken);
    const same = iss === (issuer ?? iss) && sub === (subject ?? sub);
    return same && [aud].flat().includes(clientId);
  } catch {
    return false;
  }
}

/** The claims of an ID token; none where it is no JWT. */
export function claimsIn(idToken: string | undefined): JWTPayload {
  try {
    return idToken === undefined ? {} : decodeJwt(idToken);
  } catch {
    return {};
  }
}

/**
 * What an ID token says about who it is. Its signature is the business of whoever got it.
 *
 * @throws {TypeError} it is not a JWT
 */
export function identityIn(idToken: string | undefined): UserIdentity {
  if (idToken === undefined) return {};
  try {
    const { iss, sub } = decodeJwt(idToken);
    return { issuer: textOf(iss), subject: textOf(sub) };
  } catch {
    throw new TypeError('UserTokenService.store: idToken is not a JWT.');
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
