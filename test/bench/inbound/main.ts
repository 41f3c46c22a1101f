import { checkAdmission } from './admission.js';
import { startLanes } from './bench-server.js';
import { holdContest } from './contest.js';
import { Issuer } from './issuer.js';
import { type Options, readOptions } from './options.js';
import { Processes } from './processes.js';
import { number, verdict } from './report/markdown.js';
import { writeReport } from './report/write-report.js';
import { checkTargets } from './targets.js';

async function bench(options: Options, processes: Processes): Promise<boolean> {
  const issuer = await Issuer.start();
  try {
    const lanes = await startLanes(processes, issuer.url);
    const servers = lanes.flatMap(({ own, base }) => [own, base]);
    await checkAdmission(issuer, servers, options.algorithms);
    console.log('Everybody lets good tokens in and keeps bad ones out.');
    const generator = processes.start('load generator', './load/generator.js');
    const outcomes = await holdContest(options, issuer, lanes, generator);
    const targets = checkTargets(outcomes);
    const file = await writeReport(outcomes, targets, options);
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
