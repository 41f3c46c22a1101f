import type { BenchServer } from './bench-server.js';
import type { Burst, Job } from './load/generator.js';
import type { Workload } from './plan.js';
import type { Peer } from '../common/processes.js';
import type { Usage } from './servers/server.js';

/** What one burst of requests has shown. */
export interface Measurement {
  readonly requestsPerSecond: number;
  /** Of the server process, all its threads. */
  readonly cpuMicrosPerRequest: number;
  readonly loopDelayP99Ms: number;
  readonly generatorBusy: number;
}

/** Requests ahead of each burst, unmeasured. For the rotation: one time round. */
const AHEAD: Record<Workload, number> = { one: 100, rotation: 1_000, new: 100 };

export const AHEAD_MS = 100;

/** Sends one burst to a server that nobody else uses meanwhile. */
export async function measure(
  generator: Peer,
  server: BenchServer,
  workload: Workload,
  tokens: readonly string[],
  burstMs: number,
): Promise<Measurement> {
  const isOpen = server.name === 'open' || server.name === 'twin' || server.name === 'plain';
  // Open servers do not look at tokens, and are faster than tokens can be signed.
  const again = workload !== 'new' || isOpen;
  const prepare: Job = {
    kind: 'prepare',
    port: server.port,
    tokens,
    ahead: AHEAD[workload],
    aheadMs: AHEAD_MS,
    again,
  };
  await generator.ask(prepare);
  await server.peer.ask('begin');
  const run: Job = { kind: 'run', burstMs };
  const burst = await generator.ask<Burst>(run);
  const usage = await server.peer.ask<Usage>('end');
  return {
    requestsPerSecond: (burst.requests / burst.elapsedMs) * 1000,
    cpuMicrosPerRequest: usage.cpuMicros / burst.requests,
    loopDelayP99Ms: usage.loopDelayP99Ms,
    generatorBusy: burst.busy,
  };
}
