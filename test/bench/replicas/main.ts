import type { Processes } from '../common/processes.js';
import { conclude, runBench } from '../common/run-bench.js';
import { holdContest } from './contest.js';
import { type Options, readOptions } from './options.js';
import { svgChart } from './report/chart.js';
import { markdownReport } from './report/markdown.js';
import { checkTargets } from './targets.js';

async function bench(options: Options, processes: Processes): Promise<boolean> {
  const outcomes = await holdContest(options, processes);
  const targets = checkTargets(outcomes);
  const report = {
    markdown: markdownReport(outcomes, targets, options),
    chart: svgChart(outcomes),
  };
  return conclude('replicas', options.mode, report, targets, ({ atMost }) => `at most ${atMost}`);
}

await runBench(readOptions, bench);
