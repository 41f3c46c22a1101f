import { retryAfterMs } from '../../lib/authorization-server/http/retry-after.js';

const NOW = Date.parse('2026-11-27T12:00:00Z');

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['7', 7_000],
    [' 7 ', 7_000],
    ['300', 300_000],
    ['301', 300_000],
    ['99999999999999999999', 300_000],
    ['Fri, 27 Nov 2026 12:00:10 GMT', 10_000],
    ['Fri, 27 Nov 2026 11:00:00 GMT', 0],
    ['Fri, 27 Nov 2027 12:00:00 GMT', 300_000],
    ['soon', undefined],
    ['-5x', undefined],
    ['', undefined],
  ])('of %j is %j ms', (value, expected) => {
    expect(retryAfterMs(new Headers({ 'retry-after': value }), NOW)).toBe(expected);
  });

  it('may be missing', () => {
    expect(retryAfterMs(new Headers(), NOW)).toBeUndefined();
  });
});
