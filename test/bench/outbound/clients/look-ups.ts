import { createHash } from 'node:crypto';
import { IssuedToken, systemClock } from 'nestjs-access-tokens';
import { makeToken } from '../token.js';
import { LargeTokenCache, loadInternals, type LookUp, type Wish } from './token-store.js';

/** Microseconds for each look-up, one figure for each run through all of them. */
export interface LookUpTimes {
  readonly ofStandard: number[];
  readonly ofLarge: number[];
  /** What is left when there is nothing but a map, and nothing to be decided about what is in it. */
  readonly ofMap: number[];
}

const RUNS = 7;
const WANTED = { client: 'api', grant: 'client_credentials' };

/** Looks cached tokens up in random order: in the cache as it is, full, and in one of 100,000. */
export async function timeLookUps(lookUps: number): Promise<LookUpTimes> {
  const { TokenCache, CachedToken, TokenClientRegistry } = await loadInternals();
  const { observer } = new TokenClientRegistry({});
  const large = new LargeTokenCache(100_000, () => new CachedToken(systemClock, observer));
  const standard = new TokenCache(systemClock, observer);
  const largeKeys = await fill(large, 100_000);
  const standardKeys = await fill(standard, 10_000);
  const map = new Map(largeKeys.map((_, number) => [keyOf(number), { number }]));
  const times: LookUpTimes = { ofStandard: [], ofLarge: [], ofMap: [] };
  for (let run = 0; run < RUNS; run += 1) {
    times.ofLarge.push(timeOf(large, largeKeys, lookUps));
    times.ofStandard.push(timeOf(standard, standardKeys, lookUps));
    times.ofMap.push(timeOf(map, largeKeys, lookUps));
  }
  return times;
}

async function fill(cache: LookUp, count: number): Promise<string[]> {
  for (let number = 0; number < count; number += 1) await cache.get(keyOf(number), wishFor(number));
  // Equal to those in the cache, and not the same: a call brings a key of its own.
  const keys = Array.from({ length: count }, (_, number) => keyOf(number));
  // A waiting look-up would be a promise, and no hit.
  if (cache.get(keys[0] ?? '', missed) instanceof Promise) throw new Error('nothing was kept');
  return keys;
}

function timeOf(
  cache: LookUp | Map<string, unknown>,
  keys: readonly string[],
  lookUps: number,
): number {
  const order = Uint32Array.from({ length: lookUps }, () => Math.random() * keys.length);
  const began = performance.now();
  for (const number of order) cache.get(keys[number] ?? '', missed);
  return ((performance.now() - began) * 1_000) / lookUps;
}

function keyOf(number: number): string {
  return createHash('sha256').update(String(number)).digest('base64url');
}

const missed: Wish = {
  ...WANTED,
  fetch: () => Promise.reject(new Error('a token that should be there is not')),
};

function wishFor(number: number): Wish {
  const requestedAt = Date.now();
  const token = new IssuedToken({
    accessToken: makeToken(number),
    tokenType: 'Bearer',
    expiresAt: new Date(requestedAt + 3_600_000),
    scopes: ['orders.read'],
  });
  return { ...WANTED, fetch: async () => ({ token, requestedAt }) };
}
