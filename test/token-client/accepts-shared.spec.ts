import { IssuedToken, type GrantedToken } from '../../lib/authorization-server/issued-token.js';
import { acceptsShared } from '../../lib/token-client/cache/accepts-shared.js';
import { scheduleOf } from '../../lib/token-client/cache/renewal-schedule.js';

const NOW = 1_000_000;

function granted(accessToken: string, lifetimeMs: number, requestedAt = NOW): GrantedToken {
  const expiresAt = new Date(requestedAt + lifetimeMs);
  const token = new IssuedToken({ accessToken, tokenType: 'Bearer', expiresAt, scopes: [] });
  return { token, requestedAt };
}

function held(given: GrantedToken) {
  return { token: given.token, schedule: scheduleOf(given) };
}

describe('a token of another replica', () => {
  const nothing = { rejected: undefined, held: undefined, now: NOW };

  it('is taken by whoever has none', () => {
    expect(acceptsShared(granted('a', 60_000), nothing)).toBe(true);
  });

  it.each([
    ['has ended', NOW + 60_000],
    ['is about to end', NOW + 54_001],
    ['was got in the future of this clock', NOW - 1],
  ])('is not taken where it %s', (_what, now) => {
    expect(acceptsShared(granted('a', 60_000), { ...nothing, now })).toBe(false);
  });

  it('has to live longer than the one at hand', () => {
    const own = { ...nothing, held: held(granted('own', 60_000)) };
    expect(acceptsShared(granted('a', 59_999), own)).toBe(false);
    expect(acceptsShared(granted('a', 60_000), own)).toBe(false);
    expect(acceptsShared(granted('a', 60_001), own)).toBe(true);
  });

  it('counts as none where it is the one at hand, whatever is said of its end', () => {
    const own = { ...nothing, held: held(granted('own', 60_000)) };
    expect(acceptsShared(granted('own', 120_000), own)).toBe(false);
  });

  it('need not live longer than one that an API has refused', () => {
    const refused = granted('own', 60_000);
    const own = { ...nothing, held: held(refused), rejected: refused.token };
    expect(acceptsShared(granted('a', 30_000), own)).toBe(true);
    expect(acceptsShared(granted('own', 30_000), own)).toBe(false);
  });
});
