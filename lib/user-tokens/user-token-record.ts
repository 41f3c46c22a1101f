import { randomUUID } from 'node:crypto';
import { digestOf } from '../common/digest.js';
import type { GrantedToken } from '../authorization-server/granted-token.js';
import { rejectedUntil } from '../authorization-server/rejections.js';
import type { TokenRequest } from '../authorization-server/token-request.js';
import { IssuedToken, type TokenBinding } from '../authorization-server/issued-token.js';
import { identityIn } from './user-identity.js';
import type { StoredAccessToken, UserTokenRecord } from './user-token.store.js';

/** What a sign-in asks for, and what says nothing to an API (OpenID Connect Core sections 5.4 and 11). */
const ABOUT_THE_USER: ReadonlySet<string> = new Set([
  'openid',
  'profile',
  'email',
  'address',
  'phone',
  'offline_access',
]);

/** The key of the access token that came with the sign-in. */
export const SIGN_IN = '';

/** The key of an access token within a record: over all that shapes it. The same in every process. */
export function accessTokenKey({ scopes, parameters, dpop }: TokenRequest): string {
  if (scopes.length === 0 && parameters.length === 0 && !dpop) return SIGN_IN;
  const everything = [
    scopes.toSorted(),
    parameters.map((parameter) => JSON.stringify(parameter)).toSorted(),
    dpop?.sharedId ?? dpop?.id,
  ];
  return digestOf(everything);
}

export function toStoredToken(
  { token, requestedAt }: GrantedToken,
  request: TokenRequest,
): StoredAccessToken {
  return {
    accessToken: token.accessToken,
    tokenType: token.tokenType,
    requestedAt,
    expiresAt: token.expiresAt.getTime(),
    scopes: [...token.scopes],
    requestedScopes: request.scopes,
    ...(Object.keys(token.extra).length > 0 && { extra: token.extra }),
  };
}

/** The token of a record that answers a request, whether it is still good or not. */
export function findStoredToken(
  record: UserTokenRecord,
  request: TokenRequest,
): StoredAccessToken | undefined {
  const own = record.accessTokens[accessTokenKey(request)];
  if (own) return own;
  // The sign-in may have brought the very same.
  const first = record.accessTokens[SIGN_IN];
  const { scopes, parameters, dpop } = request;
  if (!first || parameters.length > 0) return undefined;
  if ((first.tokenType === 'DPoP') !== (dpop !== undefined)) return undefined;
  if (scopes.length === 0) return first;
  const granted = first.scopes.filter((scope) => !ABOUT_THE_USER.has(scope));
  const same = scopes.length === granted.length && scopes.every((one) => granted.includes(one));
  return same ? first : undefined;
}

export function toIssuedToken(
  token: StoredAccessToken,
  possession: TokenBinding | undefined,
): IssuedToken {
  return new IssuedToken({ ...token, expiresAt: new Date(token.expiresAt), possession });
}

/** The record without an access token. */
export function withoutToken(record: UserTokenRecord, token: StoredAccessToken): UserTokenRecord {
  const others = Object.entries(record.accessTokens).filter(
    ([, { accessToken }]) => accessToken !== token.accessToken,
  );
  return { ...record, version: randomUUID(), accessTokens: Object.fromEntries(others) };
}

/**
 * The record after a refresh. Tokens that have ended are left behind.
 *
 * @param rejected the token that an API refused, where that is the reason
 */
export function afterRefresh(
  record: UserTokenRecord,
  granted: GrantedToken,
  request: TokenRequest,
  now: number,
  rejected?: IssuedToken,
): UserTokenRecord {
  const said = identityIn(granted.idToken);
  const before = findStoredToken(record, request);
  const until =
    before && before.accessToken === rejected?.accessToken
      ? rejectedUntil(before.rejectedUntil, now)
      : before?.rejectedUntil;
  const renewed = {
    ...toStoredToken(granted, request),
    ...(until && until > now && { rejectedUntil: until }),
  };
  const alive = Object.entries(record.accessTokens).filter(([, token]) => token.expiresAt > now);
  return {
    ...record,
    version: randomUUID(),
    // Of whom nothing was known is known from now on.
    issuer: record.issuer ?? said.issuer,
    subject: record.subject ?? said.subject,
    ended: false,
    spending: undefined,
    // Servers that do not rotate send none: the old one stays good.
    refreshToken: granted.refreshToken ?? record.refreshToken,
    idToken: granted.idToken ?? record.idToken,
    accessTokens: { ...Object.fromEntries(alive), [accessTokenKey(request)]: renewed },
  };
}
