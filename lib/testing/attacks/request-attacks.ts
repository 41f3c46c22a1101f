import type { AuditedRoute } from '../../jwt-auth/audit/audited-route.js';
import { type Attack, bearer, CHALLENGED, FORBIDDEN, MALFORMED, needsToken } from './attack.js';

/** Requests that bring no token, or not in the one place for it. */
export const REQUEST_ATTACKS: readonly Attack[] = [
  {
    name: 'no token',
    expected: CHALLENGED,
    isFor: needsToken,
    send: () => ({ authorization: [] }),
  },
  {
    name: 'a token in the query',
    expected: CHALLENGED,
    isFor: needsToken,
    send: (by) => ({ authorization: [], query: `access_token=${by.issued()}` }),
  },
  {
    name: 'another scheme',
    expected: CHALLENGED,
    isFor: needsToken,
    send: (by) => ({ authorization: [`Token ${by.issued()}`] }),
  },
  { name: 'an empty token', expected: MALFORMED, send: () => ({ authorization: ['Bearer'] }) },
  {
    name: 'two headers',
    expected: MALFORMED,
    send: (by) => ({ authorization: [`Bearer ${by.issued()}`, `Bearer ${by.forged()}`] }),
  },
  {
    name: 'two tokens in one header',
    expected: MALFORMED,
    send: (by) => ({ authorization: [`Bearer ${by.issued()}, Bearer ${by.forged()}`] }),
  },
];

/** Good tokens that do not allow what is asked for. */
export const RIGHT_ATTACKS: readonly Attack[] = [
  {
    name: 'a token without rights',
    expected: FORBIDDEN,
    isFor: (route) => isFixed(route) && /(?:^|, )(?:scope|role|permission) /.test(route.rule),
    send: (by) => bearer(by.issued({ scope: undefined })),
  },
  {
    name: 'a token without one of the scopes',
    expected: FORBIDDEN,
    isFor: (route) =>
      isFixed(route) && route.scopes.length > 1 && !/scope [^,]* or /.test(route.rule),
    send: (by, { scopes }) => bearer(by.issued({ scope: scopes.slice(1) })),
  },
  {
    name: 'scopes in capital letters',
    expected: FORBIDDEN,
    isFor: (route) =>
      asksForScopes(route) && route.scopes.every((one) => one !== one.toUpperCase()),
    send: (by, { scopes }) => bearer(by.issued({ scope: scopes.map((one) => one.toUpperCase()) })),
  },
  {
    name: 'scopes with longer names',
    expected: FORBIDDEN,
    isFor: asksForScopes,
    send: (by, { scopes }) => bearer(by.issued({ scope: scopes.map((one) => `${one}x`) })),
  },
];

function asksForScopes(route: AuditedRoute): boolean {
  return isFixed(route) && route.scopes.length > 0;
}

function isFixed({ rule }: AuditedRoute): boolean {
  return !rule.includes('scopes that depend on the request');
}
