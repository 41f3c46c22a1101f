import { InvalidTokenError } from '../../lib/jwt-auth/errors.js';
import { checkTimes } from '../../lib/jwt-auth/verification/check-times.js';

const NOW = 1_000_000;
const NO_LIMIT = { clockToleranceSeconds: 5, maxTokenAgeSeconds: Number.POSITIVE_INFINITY };
const AN_HOUR = { clockToleranceSeconds: 5, maxTokenAgeSeconds: 3_600 };

const outcome = (claims: Record<string, unknown>, rules = NO_LIMIT) => {
  try {
    return checkTimes(claims, NOW * 1000, rules);
  } catch (error) {
    if (!(error instanceof InvalidTokenError)) throw error;
    return `${error.reason}: ${error.detail}`;
  }
};

describe('checkTimes', () => {
  it.each([undefined, null, '2000000', true, Number.NaN, 0, -1, 0.5, 8_640_000_000_001, Infinity])(
    'refuses exp %p as no time',
    (exp) => {
      expect(outcome({ exp })).toBe('claims: exp is not a time');
    },
  );

  it('lets a token live for the tolerance longer, and no moment more', () => {
    expect(outcome({ exp: NOW - 4.999 })).toMatchObject({ expiresAtSeconds: NOW - 4.999 });
    expect(outcome({ exp: NOW - 5 })).toBe(`expired: exp ${NOW - 5}`);
  });

  it.each(['nbf', 'iat'])('lets %s be ahead by the tolerance, and no moment more', (name) => {
    const exp = NOW + 60;
    expect(outcome({ exp, [name]: NOW + 5 })).toMatchObject({ goodFromMs: NOW * 1000 });
    expect(outcome({ exp, [name]: NOW + 5.001 })).toBe(`not_yet_valid: ${name} ${NOW + 5.001}`);
  });

  it.each([null, '5', Number.POSITIVE_INFINITY, Number.NaN, {}])(
    'refuses nbf and iat %p as no time',
    (value) => {
      expect(outcome({ exp: NOW + 60, nbf: value })).toBe('claims: nbf is not a time');
      expect(outcome({ exp: NOW + 60, iat: value })).toBe('claims: iat is not a time');
    },
  );

  it('refuses what is older than tokens may be, by iat, which it then needs', () => {
    const exp = NOW + 86_400;
    expect(outcome({ exp }, AN_HOUR)).toBe('claims: no iat, which maxTokenAgeSeconds needs');
    expect(outcome({ exp, iat: NOW - 3_605 }, AN_HOUR)).toMatchObject({ expiresAtSeconds: exp });
    expect(outcome({ exp, iat: NOW - 3_606 }, AN_HOUR)).toBe(
      `expired: iat ${NOW - 3_606}, too long ago`,
    );
  });

  it('says when nobody has to look again, without the tolerance at the end', () => {
    const claims = { exp: NOW + 7_200, iat: NOW - 100, nbf: NOW - 50 };
    expect(outcome(claims)).toEqual({
      expiresAtSeconds: NOW + 7_200,
      goodFromMs: (NOW - 55) * 1000,
      goodUntilMs: (NOW + 7_200) * 1000,
    });
    expect(outcome(claims, AN_HOUR)).toMatchObject({ goodUntilMs: (NOW + 3_500) * 1000 });
  });
});
