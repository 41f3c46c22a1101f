import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Processes } from '../common/processes.js';
import { selfTimes } from '../common/report/profile-table.js';
import { startServer } from './bench-server.js';
import { Issuer } from './issuer.js';
import { measure } from './measure.js';
import type { Algorithm, Platform, ServerName, Workload } from './plan.js';

const BURST_MS = 4_000;
/** At its beginning and end a burst is not yet, or no longer, at full speed. */
const WINDOW_MS = BURST_MS - 500;

const [name = 'ours', platform = 'fastify', workload = 'one', algorithm = 'RS256'] =
  process.argv.slice(2) as [ServerName?, Platform?, Workload?, Algorithm?];

const processes = new Processes();
process.once('exit', () => processes.stopAll());
const issuer = await Issuer.start();
try {
  const folder = await mkdtemp(join(tmpdir(), 'bench-inbound-'));
  const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
  const server = await startServer(processes, name, platform, issuer.url, flags);
  const generator = processes.start(
    'load generator',
    new URL('./load/generator.js', import.meta.url),
  );
  const count = { one: 1, rotation: 1_000, new: 30_000 }[workload];
  const warmUp = await issuer.mintMany(algorithm, Math.min(count, 3_000));
  const tokens = workload === 'new' ? await issuer.mintMany(algorithm, count) : warmUp;
  await measure(generator, server, workload, warmUp, 2_000);
  const measured = await measure(generator, server, workload, tokens, BURST_MS);
  await server.peer.end();
  const file = join(folder, (await readdir(folder))[0] ?? '');
  const requests = (measured.requestsPerSecond * WINDOW_MS) / 1000;
  console.log(
    `${name} on ${platform}, ${algorithm}, ${workload}: ${measured.requestsPerSecond.toFixed(0)} requests/s under the profiler, ${measured.cpuMicrosPerRequest.toFixed(1)} µs of CPU each`,
  );
  for (const by of ['package', 'function'] as const) {
    console.log(`\nSelf time on the main thread by ${by}, µs per request`);
    for (const { name: where, micros } of (await selfTimes(file, WINDOW_MS, by)).slice(0, 30))
      console.log(`${(micros / requests).toFixed(2).padStart(8)}  ${where}`);
  }
  console.log(`\nThe profile, for a browser's developer tools: ${file}`);
} finally {
  issuer.close();
  processes.stopAll();
}
