import { createHash } from 'node:crypto';
import { IssuedToken, systemClock } from 'nestjs-access-tokens';
import { makeToken } from '../token.js';
import { loadInternals, type TokenCache, type Wish } from './token-store.js';

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
  const { TokenCache: Cache, TokenClientRegistry } = await loadInternals();
  const { observer } = new TokenClientRegistry({});
  const large = new Cache(systemClock, observer, 100_000);
  const standard = new Cache(systemClock, observer, 10_000);
  const largeKeys = await fill(large, 100_000);
  const standardKeys = await fill(standard, 10_000);
  const map = new Map(largeKeys.map((_, number) => [keyOf(number), { number }]));
  const times: LookUpTimes = { ofStandard: [], ofLarge: [], ofMap: [] };
  for (let run = 0; run < RUNS; run += 1) {
    const { client } = WANTED;
    times.ofLarge.push(timeOf((key) => large.fresh(key, client), largeKeys, lookUps));
    times.ofStandard.push(timeOf((key) => standard.fresh(key, client), standardKeys, lookUps));
    times.ofMap.push(timeOf((key) => map.get(key), largeKeys, lookUps));
  }
  return times;
}

async function fill(cache: TokenCache, count: number): Promise<string[]> {
  for (let number = 0; number < count; number += 1) await cache.get(keyOf(number), wishFor(number));
  // Equal to those in the cache, and not the same: a call brings a key of its own.
  const keys = Array.from({ length: count }, (_, number) => keyOf(number));
  if (!cache.fresh(keys[0] ?? '', WANTED.client)) throw new Error('nothing was kept');
  return keys;
}

function timeOf(find: (key: string) => unknown, keys: readonly string[], lookUps: number): number {
  const order = Uint32Array.from({ length: lookUps }, () => Math.random() * keys.length);
  let found = 0;
  const began = performance.now();
  for (const number of order) if (find(keys[number] ?? '')) found += 1;
  const took = performance.now() - began;
  if (found < lookUps) throw new Error('a token that should be there is not');
  return (took * 1_000) / lookUps;
}

function keyOf(number: number): string {
  return createHash('sha256').update(String(number)).digest('base64url');
}

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
