import { circumstances, number, range, table, verdict } from '../../common/report/table.js';
import type { Outcome } from '../contest.js';
import type { Options } from '../options.js';
import {
  ALONE,
  type Contestant,
  TOKEN_LENGTH,
  tokenRequestsPerCall,
  type Workload,
} from '../plan.js';
import { added, type Measure, ratio, taken } from '../statistics.js';
import type { Target } from '../targets.js';

export function markdownReport(
  outcomes: readonly Outcome[],
  targets: readonly Target[],
  { mode, rounds, bursts, heldMs, coldCalls }: Options,
): string {
  return `# What it costs to share tokens through Redis: ${mode}

${circumstances()}. All contestants in one process, which is new in each of ${rounds} rounds, as is the redis-server beside it; ${bursts} pairs of bursts in each, in random order. Of
a pair, one burst is of an application that shares nothing. The ratio, and what is added, are taken inside such a pair; all figures are medians over the pairs. A difference
that the twin shows as well is noise. Tokens of ${TOKEN_LENGTH} characters, encrypted unless it says so. CPU is that of the process with all its threads, without that of
Redis. One call after the other.

![What an L1 hit, an L2 hit and a miss take](${mode}.svg)

## Targets

${table(
  ['target', 'at most', 'found', 'min to max', ''],
  targets.map(({ text, atMost, found, reached }) => [
    text,
    String(atMost),
    number(found.median),
    range(found),
    verdict(reached),
  ]),
)}

## L1 hit

The token of the named client is at hand. Bursts of ${heldMs} ms.

${contest(outcomes, 'own', HELD)}

## L1 hit, for a scope that the call names

The key of the token has to be made from what the call asks for. Bursts of ${heldMs} ms.

${contest(outcomes, 'call', HELD)}

## L2 hit

Another replica has got the token: ${coldCalls} of them in a burst, each asked for the first time. Where nothing is shared, it costs a token request, which is answered at once here.

${contest(outcomes, 'shared', COLD)}

## Miss

Nobody has the token: lock, look again, token request, write, unlock. ${coldCalls} of them in a burst. The time is that until the caller has the token, which is before it is
written; CPU is for everything.

${contest(outcomes, 'nobody', COLD)}
`;
}

/** How a table of a workload is written. */
interface Form {
  readonly unit: 'ns' | 'µs';
  readonly perMicro: number;
  readonly measures: readonly Measure[];
}

/** Where nothing is waited for, time is CPU. */
const HELD: Form = { unit: 'ns', perMicro: 1_000, measures: ['cpuMicrosPerCall'] };
const COLD: Form = {
  unit: 'µs',
  perMicro: 1,
  measures: ['wallMicrosPerCall', 'cpuMicrosPerCall'],
};

function contest(outcomes: readonly Outcome[], workload: Workload, form: Form): string {
  const measured = outcomes.filter((outcome) => outcome.workload === workload);
  const bases = measured.flatMap(({ pairs }) => pairs.map(({ base }) => base));
  const figure = (micros: number): string => (micros * form.perMicro).toFixed(0);
  // The token requests of each burst were counted, and are what they have to be.
  const row = (contestant: Contestant, cells: (measure: Measure) => string[]): string[] => [
    contestant.label,
    ...form.measures.flatMap(cells),
    String(tokenRequestsPerCall(contestant, workload)),
  ];
  const head = form.measures.flatMap((measure) => {
    const name = measure === 'cpuMicrosPerCall' ? 'CPU' : 'time';
    return [`${name}, ${form.unit}`, 'added', 'times', 'min to max'];
  });
  const base = row(ALONE, (measure) => [figure(taken(bases, measure).median), '', '1', '']);
  const rows = measured.map((outcome) => {
    const own = outcome.pairs.map((pair) => pair.own);
    return row(outcome.contestant, (measure) => [
      figure(taken(own, measure).median),
      figure(added(outcome, measure).median),
      number(ratio(outcome, measure).median),
      range(ratio(outcome, measure)),
    ]);
  });
  return table(['contestant', ...head, 'token requests'], [base, ...rows]);
}
