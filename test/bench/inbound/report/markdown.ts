import { circumstances, number, range, table, verdict } from '../../common/report/table.js';
import { spreadOf } from '../../common/statistics.js';
import type { Outcome } from '../contest.js';
import type { Measurement } from '../measure.js';
import type { Options } from '../options.js';
import {
  type Algorithm,
  CONNECTIONS,
  type Platform,
  PLATFORMS,
  type ServerName,
  WORKLOAD_LABELS,
  WORKLOADS,
} from '../plan.js';
import { ratioSpread } from '../statistics.js';
import type { Target } from '../targets.js';

const HEAD = [
  'contestant',
  'of open',
  'min to max',
  'requests/s',
  'CPU µs/request',
  'of that, the guard',
  'loop delay p99, ms',
];

export function markdownReport(
  outcomes: readonly Outcome[],
  targets: readonly Target[],
  { mode, algorithms, burstMs }: Options,
): string {
  const rounds = outcomes[0]?.pairs.length ?? 0;
  const busy = spreadOf(
    outcomes.flatMap(({ pairs }) => pairs.map(({ base }) => base.generatorBusy)),
  );
  const sections = PLATFORMS.flatMap((platform) =>
    algorithms.map((algorithm) => section(outcomes, platform, algorithm)),
  );
  return `# Guarded and open endpoints: ${mode}

${circumstances()}; ${CONNECTIONS} connections,
${rounds} rounds in random order, bursts of ${burstMs} ms, each beside a burst of the open endpoint of the same platform. "Of open" is the ratio of the
requests per second inside such a pair; all figures are medians over the rounds. A difference that the twin of the open endpoint shows as well is noise. The load
generator was busy for ${busy.median.toFixed(2)} (at most ${busy.max.toFixed(2)}) of its core beside the open endpoints.

![Requests per second as a part of those of the open endpoint](${mode}.svg)

## Targets

${table(['target', 'at least', 'found', 'min to max', ''], targets.map(targetRow))}

${sections.join('\n\n')}
`;
}

function targetRow({ text, atLeast, found, reached }: Target): string[] {
  return [text, String(atLeast), number(found.median), range(found), verdict(reached)];
}

function section(outcomes: readonly Outcome[], platform: Platform, algorithm: Algorithm): string {
  const tables = WORKLOADS.map((workload) => {
    const cells = outcomes.filter(
      (cell) =>
        cell.platform === platform && cell.algorithm === algorithm && cell.workload === workload,
    );
    const rows = [baseRow(cells, 'open', 'open endpoint'), ...cells.map(row)];
    if (!cells.some(({ contestant }) => contestant.name === 'stock'))
      rows.push(['passport-jwt + jwks-rsa', ...HEAD.slice(1).map(() => 'n/a')]);
    if (platform === 'express') rows.push(baseRow(cells, 'plain', 'plain Express, open'));
    return `### ${WORKLOAD_LABELS[workload]}\n\n${table(HEAD, rows)}`;
  });
  const title = platform === 'fastify' ? 'Fastify' : 'Express';
  return `## ${title}, ${algorithm}\n\n${tables.join('\n\n')}`;
}

function row(outcome: Outcome): string[] {
  const ratio = ratioSpread(outcome);
  const added = outcome.pairs.map(
    ({ own, base }) => own.cpuMicrosPerRequest - base.cpuMicrosPerRequest,
  );
  return [
    outcome.contestant.label,
    number(ratio.median),
    range(ratio),
    ...usage(
      outcome.pairs.map(({ own }) => own),
      spreadOf(added).median.toFixed(1),
    ),
  ];
}

function baseRow(cells: readonly Outcome[], name: ServerName, label: string): string[] {
  const bases = cells
    .filter(({ contestant }) => contestant.base === name)
    .flatMap(({ pairs }) => pairs.map(({ base }) => base));
  return [label, '1', '', ...usage(bases, '')];
}

function usage(measurements: readonly Measurement[], guard: string): string[] {
  const median = (pick: (measurement: Measurement) => number): number =>
    spreadOf(measurements.map(pick)).median;
  return [
    median(({ requestsPerSecond }) => requestsPerSecond).toFixed(0),
    median(({ cpuMicrosPerRequest }) => cpuMicrosPerRequest).toFixed(1),
    guard,
    median(({ loopDelayP99Ms }) => loopDelayP99Ms).toFixed(1),
  ];
}
