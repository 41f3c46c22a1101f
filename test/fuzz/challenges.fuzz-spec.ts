import fc from 'fast-check';
import { readChallenges } from '../../lib/token-client/calls/challenge-reader.js';
import { hostileChallenge, meantChallenges, written } from './grammars/challenges.js';
import { fuzz } from './support/fuzz.js';

/** Longer than it ever takes, even on a busy machine; what takes exponential time takes much longer. */
const MAX_MS = 1_000;
const MOST_CHALLENGES = 32;
const MOST_PARAMETERS = 64;

describe('challenges of APIs', () => {
  it('are understood as they are meant', async () => {
    const lists = fc.array(meantChallenges, { minLength: 10, maxLength: 20 });
    await fuzz(
      'challenges',
      lists,
      (all) => {
        for (const meant of all) {
          const expected = meant.map(({ scheme, parameters }) => [
            scheme.toLowerCase(),
            Object.entries(parameters),
          ]);
          const read = readChallenges([written(meant)]);
          expect(
            read.map(({ scheme, parameters }) => [scheme, Object.entries(parameters)]),
          ).toEqual(expected);
        }
        return all.length;
      },
      0.25,
    );
  });

  it('are bounded in number and time, whatever they are', async () => {
    const values = fc.array(hostileChallenge, { minLength: 1, maxLength: 4 });
    await fuzz(
      'hostile challenges',
      fc.array(values, { minLength: 10, maxLength: 20 }),
      (all) => {
        for (const headers of all) expectBounded(headers);
        return all.length;
      },
      0.5,
    );
  });

  function expectBounded(headers: readonly string[]): void {
    const begin = performance.now();
    const read = readChallenges(headers);
    expect(performance.now() - begin).toBeLessThan(MAX_MS);
    expect(read.length).toBeLessThanOrEqual(MOST_CHALLENGES * headers.length);
    for (const { scheme, parameters } of read) {
      expect(scheme).toMatch(/^[^\s"(),/:;<=>?@[\\\]{}A-Z]+$/);
      expect(Object.keys(parameters).length).toBeLessThanOrEqual(MOST_PARAMETERS);
      for (const value of Object.values(parameters)) expect(typeof value).toBe('string');
      expect(Object.getPrototypeOf(parameters)).toBe(Object.prototype);
    }
    expect('polluted' in {}).toBe(false);
  }
});
