import { decodeJwt } from 'jose';
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
