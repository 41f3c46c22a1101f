import type { Processes } from '../common/processes.js';
import { conclude, runBench } from '../common/run-bench.js';
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
    const report = {
      markdown: markdownReport(outcomes, targets, options),
      chart: svgChart(outcomes, options.algorithms),
    };
    return await conclude(
      'inbound',
      options.mode,
      report,
      targets,
      ({ atLeast }) => `at least ${atLeast}`,
    );
  } finally {
    issuer.close();
  }
}

await runBench(readOptions, bench);
