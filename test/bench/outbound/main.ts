import type { Processes } from '../common/processes.js';
import { conclude, runBench } from '../common/run-bench.js';
import { holdCacheTrial } from './cache-trial.js';
import { holdContest } from './contest.js';
import { type Options, readOptions } from './options.js';
import { svgChart } from './report/chart.js';
import { markdownReport } from './report/markdown.js';
import { Setting } from './setting.js';
import { checkTargets, type Findings } from './targets.js';
import { holdTrials } from './trials.js';

async function bench(options: Options, processes: Processes): Promise<boolean> {
  const setting = await Setting.start(processes);
  const trials = await holdTrials(options, setting);
  console.log('Counted what each does with the token endpoint.');
  const cache = await holdCacheTrial(options, processes, setting);
  console.log('Weighed and found cached tokens.');
  const outcomes = await holdContest(options, setting);
  const findings: Findings = { outcomes, trials, cache };
  const targets = checkTargets(findings);
  const report = {
    markdown: markdownReport(findings, targets, options),
    chart: svgChart(findings),
  };
  return conclude('outbound', options.mode, report, targets, ({ atMost }) => `at most ${atMost}`);
}

await runBench(readOptions, bench);
