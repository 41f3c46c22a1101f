import { RetryPolicy } from '../../lib/authorization-server/http/retry-policy.js';
import { TestClock } from '../support/clock.js';

describe('when a token request is repeated', () => {
  it('waits at random, up to twice as long each time, and two seconds at most', () => {
    const policy = new RetryPolicy(6, 60_000, new TestClock());
    for (const longest of [200, 400, 800, 1_600, 2_000, 2_000]) {
      const wait = policy.nextWaitMs(undefined);
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(longest);
    }
    expect(policy.nextWaitMs(undefined)).toBeUndefined();
  });

  it('waits as long as the server says', () => {
    expect(new RetryPolicy(1, 10_000, new TestClock()).nextWaitMs(3_000)).toBe(3_000);
  });

  it('gives up where the time would be over before the next attempt', () => {
    const clock = new TestClock();
    const policy = new RetryPolicy(5, 10_000, clock);
    clock.advance({ ms: 7_000 });
    expect(policy.nextWaitMs(2_999)).toBe(2_999);
    expect(policy.nextWaitMs(3_000)).toBeUndefined();
  });

  it('is not repeated at all with no retries', () => {
    expect(new RetryPolicy(0, 10_000, new TestClock()).nextWaitMs(0)).toBeUndefined();
  });
});
