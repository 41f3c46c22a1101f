import { Processes } from '../common/processes.js';
import { number, verdict } from '../common/report/table.js';
import { writeReport } from '../common/report/write-report.js';
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
  const file = await writeReport('outbound', options.mode, {
    markdown: markdownReport(findings, targets, options),
    chart: svgChart(findings),
  });
  for (const { text, atMost, found, reached } of targets)
    console.log(`${verdict(reached)}: ${text}: ${number(found.median)}, at most ${atMost}`);
  console.log(`Written to ${file}`);
  return targets.every(({ reached }) => reached);
}

const processes = new Processes();
process.once('exit', () => processes.stopAll());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(1));

try {
  const options = readOptions(process.argv.slice(2));
  const allReached = await bench(options, processes);
  process.exitCode = options.assert && !allReached ? 1 : 0;
} catch (error) {
  console.error(
    `The bench was abandoned: ${error instanceof Error ? error.message : String(error)}`,
  );
  process.exitCode = 1;
} finally {
  processes.stopAll();
}
