import type { JwtClaims } from '../verification/decode-token.js';

/** What Microsoft Entra writes for the tenant in the `issuer` of keys that sign for all of them. */
const TENANT = '{tenantid}';

/**
 * Whether the member `issuer` of a key fits a token: Microsoft Entra publishes keys of several tenants in one set, and each
 * signs for its own alone. A template fits the tenant that the token names in `tid`, under the older name of its issuer too.
 */
export function fitsIssuer(issuer: string, { iss, tid }: JwtClaims): boolean {
  if (!issuer.includes(TENANT)) return iss === issuer;
  if (typeof iss !== 'string' || typeof tid !== 'string' || tid === '') return false;
  return iss === issuer.replaceAll(TENANT, () => tid) || isOfTenant(iss, tid);
}

/** Tokens of version 1.0 come from `https://sts.windows.net/<tenant>/`, or its like in another cloud. */
function isOfTenant(iss: string, tid: string): boolean {
  const [scheme, empty, host = '', tenant, end, ...more] = iss.split('/');
  const isPlace = scheme === 'https:' && empty === '' && host.startsWith('sts.');
  return isPlace && tenant === tid && end === '' && more.length === 0;
}
