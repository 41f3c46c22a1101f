import { shuffled } from '../common/statistics.js';
import type { Burst } from './clients/jobs.js';
import type { Options } from './options.js';
import { BARE, type Contestant, CONTESTANTS, takesPart, type Workload, WORKLOADS } from './plan.js';
import type { Client, Setting } from './setting.js';

/** A burst beside a burst of bare Axios: only the two together mean anything. */
export interface Pair {
  readonly base: Burst;
  readonly own: Burst;
}

/** One contestant in one workload, with the pairs of all rounds. */
export interface Outcome {
  readonly contestant: Contestant;
  readonly workload: Workload;
  readonly pairs: Pair[];
}

const WARM_UP_MS: Record<Workload, number> = { wire: 2_000, pipeline: 400 };

/**
 * Runs the rounds. Each contestant has two processes, its own and one of bare Axios, which start anew in every
 * round: what the compiler makes of the same code differs from start to start by some per cent, and stays so.
 */
export async function holdContest(options: Options, setting: Setting): Promise<Outcome[]> {
  const outcomes = CONTESTANTS.flatMap((contestant) =>
    WORKLOADS.filter((workload) => takesPart(contestant, workload)).map((workload): Outcome => ({
      contestant,
      workload,
      pairs: [],
    })),
  );
  for (let round = 1; round <= options.rounds; round += 1) {
    const began = Date.now();
    for (const contestant of shuffled(CONTESTANTS)) {
      const own = outcomes.filter((outcome) => outcome.contestant === contestant);
      await runLane(contestant, own, options, setting);
    }
    await setting.checkCalls();
    console.log(
      `round ${round} of ${options.rounds}: ${((Date.now() - began) / 1000).toFixed(0)} s`,
    );
  }
  return outcomes;
}

async function runLane(
  { name }: Contestant,
  outcomes: readonly Outcome[],
  { bursts, wireMs, pipelineMs }: Options,
  setting: Setting,
): Promise<void> {
  const [own, base] = await Promise.all([
    setting.client(name, setting.tokenEndpoint()),
    setting.client(BARE.name, setting.tokenEndpoint()),
  ]);
  const lengths: Record<Workload, number> = { wire: wireMs, pipeline: pipelineMs };
  for (const { workload, pairs } of shuffled(outcomes)) {
    const run = (client: Client, ms = lengths[workload]): Promise<Burst> =>
      client.ask<Burst>({ kind: 'burst', workload, ms });
    await run(own, WARM_UP_MS[workload]);
    await run(base, WARM_UP_MS[workload]);
    for (let burst = 0; burst < bursts; burst += 1) {
      // Which of the two comes first is left to chance.
      const ownFirst = Math.random() < 0.5;
      const first = await run(ownFirst ? own : base);
      const second = await run(ownFirst ? base : own);
      pairs.push(ownFirst ? { own: first, base: second } : { own: second, base: first });
    }
  }
  await Promise.all([own.end(), base.end()]);
}
