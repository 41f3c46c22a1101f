import {
  lifetimeMs,
  readSeconds,
  saysItsEnd,
} from '../../lib/authorization-server/token-lifetime.js';

const NOW_S = 1_700_000_000;
const DAY_MS = 86_400_000;

function jwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

function lifetime(access_token: string, expires_in?: number) {
  return lifetimeMs({ access_token, expires_in }, NOW_S * 1000);
}

describe('the lifetime of a token', () => {
  it.each<[string, string, number | undefined, number]>([
    ['what the server says', 'opaque', 60, 60_000],
    ['what the server says, before what the token says', jwt({ exp: NOW_S + 10 }), 60, 60_000],
    ['a day at most', 'opaque', 1_000_000, DAY_MS],
    ['nothing where it has ended', 'opaque', 0, 0],
    ['until its exp', jwt({ exp: NOW_S + 90 }), undefined, 90_000],
    [
      'from iat to exp, whatever the clock says',
      jwt({ iat: NOW_S + 50, exp: NOW_S + 90 }),
      undefined,
      40_000,
    ],
    ['the shorter of both', jwt({ iat: NOW_S - 50, exp: NOW_S + 10 }), undefined, 10_000],
    ['nothing where its exp is over', jwt({ exp: NOW_S - 1 }), undefined, 0],
    ['five minutes where nobody says', 'opaque', undefined, 300_000],
    ['five minutes where exp is no number', jwt({ exp: 'soon' }), undefined, 300_000],
  ])('is %s', (_name, token, expiresIn, expected) => {
    expect(lifetime(token, expiresIn)).toBe(expected);
  });

  it('can be read from a JWT with exp alone', () => {
    expect(saysItsEnd(jwt({ exp: NOW_S }))).toBe(true);
    expect([jwt({}), 'opaque', ''].map(saysItsEnd)).toEqual([false, false, false]);
  });

  it.each<[unknown, number | undefined]>([
    [60, 60],
    ['60', 60],
    ['', undefined],
    ['soon', undefined],
    [-1, 0],
    [Infinity, 86_400],
    [Number.NaN, undefined],
    [null, undefined],
    [{}, undefined],
  ])('reads expires_in %j as %j', (value, expected) => {
    expect(readSeconds(value)).toBe(expected);
  });
});
