import { circumstances, number, range, table, verdict } from '../../common/report/table.js';
import { type Spread, spreadOf } from '../../common/statistics.js';
import type { CacheTrial } from '../cache-trial.js';
import type { Burst } from '../clients/jobs.js';
import type { Outcome } from '../contest.js';
import type { Options } from '../options.js';
import { BARE, CONCURRENCY, PATIENCE_MS, TOKEN_LENGTH, type Workload } from '../plan.js';
import { cpuAdded, cpuRatio, wallRatio } from '../statistics.js';
import { count, type Findings, type Target } from '../targets.js';
import { CALLS_PER_SECOND, FAILING_CALLS, type FloodTrial, type RenewalTrial } from '../trials.js';

export function markdownReport(
  { outcomes, trials, cache }: Findings,
  targets: readonly Target[],
  { mode, rounds, bursts, wireMs, pipelineMs, coldCalls, renewalMs, keptTokens }: Options,
): string {
  return `# Calls with and without a token client: ${mode}

${circumstances()}. Each contestant in a process of its own beside one of bare Axios with a static header; ${rounds} rounds in random order, both processes
new in each, ${bursts} pairs of bursts in each. The ratio, and what is added, are taken inside such a pair; all figures are medians over the pairs. A difference that the twin
of bare Axios shows as well is noise. Nobody follows redirects, unless it says so. Tokens of ${TOKEN_LENGTH} characters.

![CPU and token requests beside those of others](${mode}.svg)

## Targets

${table(['target', 'at most', 'found', 'min to max', ''], targets.map(targetRow))}

## Calls to a server on loopback

${CONCURRENCY} at a time, bursts of ${wireMs} ms. CPU is that of the calling process, with all its threads.

${contest(outcomes, 'wire')}

## Axios' pipeline alone

One call after the other, bursts of ${pipelineMs} ms, with an adapter that answers at once.

${contest(outcomes, 'pipeline')}

## ${count(coldCalls)} calls at once, and no token yet

${floods(trials.cold)}

## ${FAILING_CALLS} calls at once while the token endpoint answers 500

${floods(trials.failing)}

## Renewals

${CALLS_PER_SECOND} calls a second for ${renewalMs / 1_000} s. A token lives for 3 s, and the token endpoint takes 300 ms.

${table(
  ['contestant', `waited over ${PATIENCE_MS} ms`, 'failed', 'of', 'longest, ms', 'token requests'],
  trials.renewals.map(renewalRow),
)}

## The cache

${cacheTable(cache, keptTokens)}
`;
}

function targetRow({ text, atMost, found, reached }: Target): string[] {
  const spread = found.min === found.max ? '' : range(found);
  return [text, String(atMost), figure(found.median), spread, verdict(reached)];
}

function contest(outcomes: readonly Outcome[], workload: Workload): string {
  const measured = outcomes.filter((outcome) => outcome.workload === workload);
  const bases = measured.flatMap(({ pairs }) => pairs.map(({ base }) => base));
  const head = [
    'contestant',
    'CPU, times bare',
    'min to max',
    'CPU µs/call',
    'added µs',
    'min to max',
    'wall, times bare',
    'wall µs/call',
  ];
  const rows = measured.map((outcome) => {
    const cpu = cpuRatio(outcome);
    const added = cpuAdded(outcome);
    const bursts = outcome.pairs.map(({ own }) => own);
    return [
      outcome.contestant.label,
      number(cpu.median),
      range(cpu),
      micros(bursts, 'cpuMicrosPerCall'),
      added.median.toFixed(1),
      range(added),
      number(wallRatio(outcome).median),
      micros(bursts, 'wallMicrosPerCall'),
    ];
  });
  const cpu = micros(bases, 'cpuMicrosPerCall');
  const bare = [BARE.label, '1', '', cpu, '', '', '1', micros(bases, 'wallMicrosPerCall')];
  return table(head, [bare, ...rows]);
}

function micros(bursts: readonly Burst[], which: 'cpuMicrosPerCall' | 'wallMicrosPerCall'): string {
  return spreadOf(bursts.map((burst) => burst[which])).median.toFixed(1);
}

function floods(trials: readonly FloodTrial[]): string {
  return table(
    ['contestant', 'token requests', 'calls that failed', 'done after, ms'],
    trials.map(({ contestant, tokenRequests, failed, elapsedMs }) => [
      contestant.label,
      count(tokenRequests),
      count(failed),
      elapsedMs.toFixed(0),
    ]),
  );
}

function renewalRow(trial: RenewalTrial): string[] {
  const { contestant, late, failed, calls, longestMs, tokenRequests } = trial;
  const figures = [late, failed, calls, Math.round(longestMs), tokenRequests];
  return [contestant.label, ...figures.map(count)];
}

function cacheTable(cache: CacheTrial, keptTokens: number): string {
  const time = (spread: Spread): string[] => [`${number(spread.median)} µs`, range(spread)];
  return table(
    ['', 'found', 'min to max'],
    [
      ['look-up of one of 10,000, as many as the cache keeps', ...time(cache.lookUpOf10_000)],
      ['look-up of one of 100,000, in the same cache made larger', ...time(cache.lookUpOf100_000)],
      ['for comparison: look-up of one of 100,000 in a mere `Map`', ...time(cache.lookUpInMap)],
      [
        `heap per token, of ${count(keptTokens)} that came over HTTP`,
        `${count(Math.round(cache.bytesPerToken))} bytes`,
        '',
      ],
    ],
  );
}

function figure(value: number): string {
  return Number.isInteger(value) ? count(value) : number(value);
}
