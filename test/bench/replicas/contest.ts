import type { Processes } from '../common/processes.js';
import { shuffled } from '../common/statistics.js';
import type { Burst } from './application/bursts.js';
import { Lane } from './lane.js';
import type { Options } from './options.js';
import {
  ALONE,
  type Contestant,
  CONTESTANTS,
  takesPart,
  type Workload,
  WORKLOADS,
} from './plan.js';
import { Setting } from './setting.js';

/** A burst beside one of the base: only the two together mean anything. */
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

/** Runs the rounds. The process starts anew in each: two starts of the very same code can differ as long as they run. */
export async function holdContest(options: Options, processes: Processes): Promise<Outcome[]> {
  const outcomes = CONTESTANTS.flatMap((contestant) =>
    WORKLOADS.filter((workload) => takesPart(contestant, workload)).map((workload): Outcome => ({
      contestant,
      workload,
      pairs: [],
    })),
  );
  for (let round = 1; round <= options.rounds; round += 1) {
    const began = Date.now();
    const setting = await Setting.start(processes);
    await runRound(outcomes, new Lane(setting, options), options);
    await setting.end();
    console.log(
      `round ${round} of ${options.rounds}: ${((Date.now() - began) / 1000).toFixed(0)} s`,
    );
  }
  return outcomes;
}

async function runRound(
  outcomes: readonly Outcome[],
  lane: Lane,
  { bursts, warmUp }: Options,
): Promise<void> {
  for (const workload of WORKLOADS) await lane.run(ALONE, workload, warmUp);
  for (const { contestant, workload } of shuffled(outcomes))
    await lane.run(contestant, workload, warmUp);
  for (let burst = 0; burst < bursts; burst += 1) {
    for (const { contestant, workload, pairs } of shuffled(outcomes)) {
      // Which of the two comes first is left to chance.
      const ownFirst = Math.random() < 0.5;
      const first = await lane.burst(ownFirst ? contestant : ALONE, workload);
      const second = await lane.burst(ownFirst ? ALONE : contestant, workload);
      pairs.push(ownFirst ? { own: first, base: second } : { own: second, base: first });
    }
  }
}
