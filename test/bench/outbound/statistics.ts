import { type Spread, spreadOf } from '../common/statistics.js';
import type { Outcome } from './contest.js';
import type { ClientName, Workload } from './plan.js';

/** CPU per call as a multiple of that of bare Axios, inside each pair. */
export function cpuRatio({ pairs }: Outcome): Spread {
  return spreadOf(pairs.map(({ own, base }) => own.cpuMicrosPerCall / base.cpuMicrosPerCall));
}

export function wallRatio({ pairs }: Outcome): Spread {
  return spreadOf(pairs.map(({ own, base }) => own.wallMicrosPerCall / base.wallMicrosPerCall));
}

/** Microseconds of CPU per call that bare Axios does not use, inside each pair. */
export function cpuAdded({ pairs }: Outcome): Spread {
  return spreadOf(pairs.map(({ own, base }) => own.cpuMicrosPerCall - base.cpuMicrosPerCall));
}

export function outcomeOf(
  outcomes: readonly Outcome[],
  workload: Workload,
  name: ClientName,
): Outcome {
  const found = outcomes.find(
    ({ contestant, workload: of }) => of === workload && contestant.name === name,
  );
  if (!found) throw new Error(`${name} was not measured`);
  return found;
}
