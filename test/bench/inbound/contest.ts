import { shuffled } from '../common/statistics.js';
import type { BenchServer, Lane } from './bench-server.js';
import type { Issuer } from './issuer.js';
import { AHEAD_MS, type Measurement, measure } from './measure.js';
import type { Options } from './options.js';
import { type Algorithm, type Cell, cellsOf } from './plan.js';
import type { Peer } from '../common/processes.js';

/** A burst beside a burst of the base: only the two together mean anything. */
export interface Pair {
  readonly base: Measurement;
  readonly own: Measurement;
}

/** One cell with its pairs, one for each round. */
export interface Outcome extends Cell {
  readonly pairs: Pair[];
}

interface Tokens {
  readonly one: readonly string[];
  readonly rotation: readonly string[];
  readonly new: readonly string[];
}

/** More than any guard gets through in a millisecond with tokens it has not seen before. */
const NEW_TOKENS_PER_MS = 10;

const WARM_UP_MS = 300;

/** Runs the rounds: in each, every cell once, in random order. */
export async function holdContest(
  { algorithms, rounds, burstMs, limitMs }: Options,
  issuer: Issuer,
  lanes: readonly Lane[],
  generator: Peer,
): Promise<Outcome[]> {
  const began = Date.now();
  const outcomes = cellsOf(algorithms).map((cell): Outcome => ({ ...cell, pairs: [] }));
  await warmUp(
    issuer,
    lanes.flatMap(({ own, base }) => [own, base]),
    generator,
  );
  const rotations = new Map<Algorithm, string[]>();
  for (const algorithm of algorithms)
    rotations.set(algorithm, await issuer.mintMany(algorithm, 1_000));

  for (let round = 1; round <= rounds; round += 1) {
    const roundBegan = Date.now();
    const tokens = new Map<Algorithm, Tokens>();
    for (const algorithm of algorithms) {
      const rotation = rotations.get(algorithm) ?? [];
      const fresh = await issuer.mintMany(algorithm, (AHEAD_MS + burstMs) * NEW_TOKENS_PER_MS);
      tokens.set(algorithm, { one: rotation.slice(0, 1), rotation, new: fresh });
    }
    for (const { platform, algorithm, workload, contestant, pairs } of shuffled(outcomes)) {
      const sent = tokens.get(algorithm)?.[workload] ?? [];
      const lane = lanes.find((of) => of.platform === platform && of.contestant === contestant);
      if (!lane) throw new Error(`${contestant.name} is not there on ${platform}`);
      pairs.push(
        await pairOf(lane, (server) => measure(generator, server, workload, sent, burstMs)),
      );
    }
    const now = Date.now();
    console.log(`round ${round} of ${rounds}: ${((now - roundBegan) / 1000).toFixed(0)} s`);
    if (now - began + (now - roundBegan) > limitMs) break;
  }
  return outcomes;
}

/** A server is slower by half until its code is compiled; nobody shall be measured in that state. */
async function warmUp(
  issuer: Issuer,
  servers: readonly BenchServer[],
  generator: Peer,
): Promise<void> {
  const tokens = await issuer.mintMany('RS256', WARM_UP_MS * 2);
  for (const server of servers) {
    await measure(generator, server, 'new', tokens, WARM_UP_MS);
    await measure(generator, server, 'one', tokens.slice(0, 1), WARM_UP_MS);
  }
}

/** Which of the two comes first is left to chance. */
async function pairOf(
  { own, base }: Lane,
  burst: (server: BenchServer) => Promise<Measurement>,
): Promise<Pair> {
  if (Math.random() < 0.5) return { base: await burst(base), own: await burst(own) };
  const ofOwn = await burst(own);
  return { base: await burst(base), own: ofOwn };
}
