import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Processes } from '../common/processes.js';
import { selfTimes } from '../common/report/profile-table.js';
import type { Burst } from './clients/jobs.js';
import type { ClientName, Workload } from './plan.js';
import { Setting } from './setting.js';

const BURST_MS = 4_000;
/** At its beginning a burst is not yet at full speed, and after its end the process is not gone at once. */
const WINDOW_MS = BURST_MS - 500;

const [name = 'ours', workload = 'pipeline'] = process.argv.slice(2) as [ClientName?, Workload?];

const processes = new Processes();
process.once('exit', () => processes.stopAll());
const setting = await Setting.start(processes);
const folder = await mkdtemp(join(tmpdir(), 'bench-outbound-'));
const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
const client = await setting.client(name, setting.tokenEndpoint(), flags);
await client.ask({ kind: 'burst', workload, ms: 2_000 });
const burst = await client.ask<Burst>({ kind: 'burst', workload, ms: BURST_MS });
await client.end();
const file = join(folder, (await readdir(folder))[0] ?? '');
const calls = (burst.calls * WINDOW_MS) / BURST_MS;
console.log(
  `${name}, ${workload}: ${burst.cpuMicrosPerCall.toFixed(1)} µs of CPU per call under the profiler`,
);
for (const by of ['package', 'function'] as const) {
  console.log(`\nSelf time on the main thread by ${by}, µs per call`);
  for (const { name: where, micros } of (await selfTimes(file, WINDOW_MS, by)).slice(0, 30))
    console.log(`${(micros / calls).toFixed(2).padStart(8)}  ${where}`);
}
console.log(`\nThe profile, for a browser's developer tools: ${file}`);
processes.stopAll();
