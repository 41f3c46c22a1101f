import { isJsonObject } from '../common/json.js';
import type { StoredAccessToken, UserTokenRecord } from './user-token.store.js';

/** What came out of a store, as a record. Some backends turn what is not there into null. */
export function readRecord(value: unknown): UserTokenRecord | undefined {
  if (!isUserTokenRecord(value)) return undefined;
  const { issuer, subject, refreshToken, idToken, spending } = value;
  return {
    ...value,
    issuer: issuer ?? undefined,
    subject: subject ?? undefined,
    refreshToken: refreshToken ?? undefined,
    idToken: idToken ?? undefined,
    spending: spending ?? undefined,
  };
}

/** Whether what came out of a store is a record. Anything else counts as nothing. */
export function isUserTokenRecord(value: unknown): value is UserTokenRecord {
  if (!isJsonObject(value)) return false;
  const { version, issuer, subject, refreshToken, idToken, sealed } = value;
  const { accessTokens, ended, spending } = value;
  return (
    typeof version === 'string' &&
    typeof ended === 'boolean' &&
    [issuer, subject, refreshToken, idToken, sealed].every(isOptionalText) &&
    isOptionalNote(spending) &&
    isJsonObject(accessTokens) &&
    Object.values(accessTokens).every(isStoredAccessToken)
  );
}

/** Whether what came out of a store is an access token. */
export function isStoredAccessToken(value: unknown): value is StoredAccessToken {
  if (!isJsonObject(value)) return false;
  const { accessToken, tokenType, requestedAt, expiresAt, scopes, requestedScopes } = value;
  const { rejectedUntil } = value;
  return (
    typeof accessToken === 'string' &&
    (tokenType === 'Bearer' || tokenType === 'DPoP') &&
    Number.isFinite(requestedAt) &&
    Number.isFinite(expiresAt) &&
    (rejectedUntil === undefined || rejectedUntil === null || Number.isFinite(rejectedUntil)) &&
    [scopes, requestedScopes].every(isTextList)
  );
}

function isOptionalNote(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return isJsonObject(value) && typeof value['by'] === 'string' && Number.isFinite(value['until']);
}

function isOptionalText(value: unknown): boolean {
  // Some backends turn what is not there into null.
  return value === undefined || value === null || typeof value === 'string';
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}
