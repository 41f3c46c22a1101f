import { type Spread, spreadOf } from '../common/statistics.js';
import type { Burst } from './application/bursts.js';
import type { Outcome } from './contest.js';
import type { ContestantName, Workload } from './plan.js';

export type Measure = 'cpuMicrosPerCall' | 'wallMicrosPerCall';

/** As a multiple of what it takes where nothing is shared, inside each pair. */
export function ratio({ pairs }: Outcome, of: Measure): Spread {
  return spreadOf(pairs.map(({ own, base }) => own[of] / base[of]));
}

/** What it takes more than where nothing is shared, inside each pair. */
export function added({ pairs }: Outcome, of: Measure): Spread {
  return spreadOf(pairs.map(({ own, base }) => own[of] - base[of]));
}

export function taken(bursts: readonly Burst[], of: Measure): Spread {
  return spreadOf(bursts.map((burst) => burst[of]));
}

export function outcomeOf(
  outcomes: readonly Outcome[],
  workload: Workload,
  name: ContestantName,
): Outcome {
  const found = outcomes.find(
    ({ contestant, workload: of }) => of === workload && contestant.name === name,
  );
  if (!found) throw new Error(`${name} was not measured`);
  return found;
}
