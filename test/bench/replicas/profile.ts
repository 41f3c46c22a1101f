import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Processes } from '../common/processes.js';
import { selfTimes } from '../common/report/profile-table.js';
import { Lane } from './lane.js';
import { readOptions } from './options.js';
import { ALONE, type ContestantName, CONTESTANTS, type Workload } from './plan.js';
import { Setting } from './setting.js';

const BURSTS = 100;

const [name = 'ioredis', workload = 'shared'] = process.argv.slice(2) as [
  ContestantName?,
  Workload?,
];
const contestant = [ALONE, ...CONTESTANTS].find((one) => one.name === name);
if (!contestant) throw new Error(`${name} is nobody`);

const processes = new Processes();
process.once('exit', () => processes.stopAll());
const folder = await mkdtemp(join(tmpdir(), 'bench-replicas-'));
const setting = await Setting.start(processes, ['--cpu-prof', `--cpu-prof-dir=${folder}`]);
const lane = new Lane(setting, readOptions([]));
await lane.run(contestant, workload, BURSTS / 4);
const { burst } = await lane.run(contestant, workload, BURSTS);
await setting.end();
const file = join(folder, (await readdir(folder))[0] ?? '');
// At its beginning a burst is not yet at full speed, and after its end the process is not gone at once.
const calls = burst.calls * 0.8;
const windowMs = (calls * burst.cpuMicrosPerCall) / 1_000;
console.log(
  `${name}, ${workload}: ${burst.cpuMicrosPerCall.toFixed(1)} µs of CPU per call under the profiler`,
);
for (const by of ['package', 'function'] as const) {
  console.log(`\nSelf time on the main thread by ${by}, µs per call`);
  for (const { name: where, micros } of (await selfTimes(file, windowMs, by)).slice(0, 30))
    console.log(`${(micros / calls).toFixed(2).padStart(8)}  ${where}`);
}
console.log(`\nThe profile, for a browser's developer tools: ${file}`);
processes.stopAll();
