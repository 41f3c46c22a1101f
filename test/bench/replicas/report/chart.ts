import { barChart, barOf, type Panel } from '../../common/report/bar-chart.js';
import type { Outcome } from '../contest.js';
import { ALONE, type Workload } from '../plan.js';
import { ratio, taken } from '../statistics.js';

/** Four panels of bars: an L1 hit beside one where nothing is shared, and how long a token takes that is not at hand. */
export function svgChart(outcomes: readonly Outcome[]): string {
  const of = (workload: Workload) => outcomes.filter((outcome) => outcome.workload === workload);
  const ratios = (workload: Workload): Panel['bars'] =>
    of(workload).map((outcome) => barOf(outcome.contestant, ratio(outcome, 'cpuMicrosPerCall')));
  const times = (workload: Workload): Panel['bars'] => {
    const base = {
      contestant: ALONE,
      bursts: of(workload).flatMap(({ pairs }) => pairs.map((pair) => pair.base)),
    };
    const own = of(workload).map(({ contestant, pairs }) => ({
      contestant,
      bursts: pairs.map((pair) => pair.own),
    }));
    return [base, ...own].map(({ contestant, bursts }) => {
      const spread = taken(bursts, 'wallMicrosPerCall');
      return barOf(contestant, spread, spread.median.toFixed(0));
    });
  };
  const title = 'What it costs to share tokens through Redis';
  return barChart({ title, better: 'Lower' }, [
    { title: 'CPU of an L1 hit, times that with nothing shared', bars: ratios('own') },
    { title: 'The same for a scope that the call names', bars: ratios('call') },
    { title: 'L2 hit, or token request where nothing is shared, µs', bars: times('shared') },
    { title: 'Miss, until the caller has the token, µs', bars: times('nobody') },
  ]);
}
