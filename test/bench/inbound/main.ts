import { Processes } from '../common/processes.js';
import { number, verdict } from '../common/report/table.js';
import { writeReport } from '../common/report/write-report.js';
import { checkAdmission } from './admission.js';
import { startLanes } from './bench-server.js';
import { holdContest } from './contest.js';
import { Issuer } from './issuer.js';
import { type Options, readOptions } from './options.js';
import { svgChart } from './report/chart.js';
import { markdownReport } from './report/markdown.js';
import { checkTargets } from './targets.js';

async function bench(options: Options, processes: Processes): Promise<boolean> {
  const issuer = await Issuer.start();
  try {
    const lanes = await startLanes(processes, issuer.url);
    const servers = lanes.flatMap(({ own, base }) => [own, base]);
    await checkAdmission(issuer, servers, options.algorithms);
    console.log('Everybody lets good tokens in and keeps bad ones out.');
    const generator = processes.start(
      'load generator',
      new URL('./load/generator.js', import.meta.url),
    );
    const outcomes = await holdContest(options, issuer, lanes, generator);
    const targets = checkTargets(outcomes);
    const file = await writeReport('inbound', options.mode, {
      markdown: markdownReport(outcomes, targets, options),
      chart: svgChart(outcomes, options.algorithms),
    });
    for (const { text, atLeast, found, reached } of targets)
      console.log(`${verdict(reached)}: ${text}: ${number(found.median)}, at least ${atLeast}`);
    console.log(`Written to ${file}`);
    return targets.every(({ reached }) => reached);
  } finally {
    issuer.close();
  }
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
