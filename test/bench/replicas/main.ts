import { Processes } from '../common/processes.js';
import { number, verdict } from '../common/report/table.js';
import { writeReport } from '../common/report/write-report.js';
import { holdContest } from './contest.js';
import { type Options, readOptions } from './options.js';
import { svgChart } from './report/chart.js';
import { markdownReport } from './report/markdown.js';
import { checkTargets } from './targets.js';

async function bench(options: Options, processes: Processes): Promise<boolean> {
  const outcomes = await holdContest(options, processes);
  const targets = checkTargets(outcomes);
  const file = await writeReport('replicas', options.mode, {
    markdown: markdownReport(outcomes, targets, options),
    chart: svgChart(outcomes),
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
