import { IssuedToken } from '../../lib/authorization-server/issued-token.js';
import { isAlive, scheduleOf } from '../../lib/token-client/cache/renewal-schedule.js';

const REQUESTED_AT = 1_000_000;

function scheduleFor(lifetimeMs: number) {
  const token = new IssuedToken({
    accessToken: 'a',
    tokenType: 'Bearer',
    expiresAt: new Date(REQUESTED_AT + lifetimeMs),
    scopes: [],
  });
  return scheduleOf({ token, requestedAt: REQUESTED_AT });
}

describe('the schedule of a token', () => {
  // The window is up to a tenth shorter, at random.
  it.each([
    ['an hour', 3_600_000, 54_000, 60_000, 10_000],
    ['five minutes', 300_000, 54_000, 60_000, 10_000],
    ['a minute', 60_000, 10_800, 12_000, 6_000],
    ['five seconds', 5_000, 900, 1_000, 500],
  ])('of %s', (_name, lifetimeMs, shortest, longest, margin) => {
    for (let round = 0; round < 50; round += 1) {
      const { endsAt, renewFrom, waitFrom, requestedAt } = scheduleFor(lifetimeMs);
      expect(requestedAt).toBe(REQUESTED_AT);
      expect(endsAt).toBe(REQUESTED_AT + lifetimeMs);
      expect(waitFrom).toBe(endsAt - margin);
      expect(endsAt - renewFrom).toBeGreaterThanOrEqual(shortest);
      expect(endsAt - renewFrom).toBeLessThanOrEqual(longest);
    }
  });

  it('differs from process to process', () => {
    const moments = Array.from({ length: 20 }, () => scheduleFor(3_600_000).renewFrom);
    expect(new Set(moments).size).toBeGreaterThan(1);
  });

  it('has the token live from the request to its end, and not before', () => {
    const schedule = scheduleFor(60_000);
    const alive = [-1, 0, 59_999, 60_000].map((ms) => isAlive(schedule, REQUESTED_AT + ms));
    expect(alive).toEqual([false, true, true, false]);
  });
});
