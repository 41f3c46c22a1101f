import type { Spread } from '../common/statistics.js';
import type { Outcome } from './contest.js';
import { SEALED, type Workload } from './plan.js';
import { type Measure, outcomeOf, ratio } from './statistics.js';

/** A figure that this package promises. */
export interface Target {
  readonly text: string;
  readonly atMost: number;
  readonly found: Spread;
  readonly reached: boolean;
}

/** The same cost, as far as it can be told from noise. */
const SAME = 1.05;

export function checkTargets(outcomes: readonly Outcome[]): Target[] {
  const each = (text: string, atMost: number, workload: Workload, measure: Measure): Target[] =>
    SEALED.map(({ name, label }) => {
      const found = ratio(outcomeOf(outcomes, workload, name), measure);
      return { text: `${text}: ${label}`, atMost, found, reached: found.median <= atMost };
    });
  return [
    ...each('CPU of an L1 hit, times nothing shared', SAME, 'own', 'cpuMicrosPerCall'),
    ...each('the same for a scope that the call names', SAME, 'call', 'cpuMicrosPerCall'),
    ...each('time of an L2 hit, times a token request', 1, 'shared', 'wallMicrosPerCall'),
  ];
}
