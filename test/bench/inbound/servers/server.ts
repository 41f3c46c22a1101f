import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Platform, ServerName } from '../plan.js';
import type { ServerSetup } from './server-setup.js';
import { startOpen } from './open.js';
import { startOurs } from './ours.js';
import { startPlain } from './plain-express.js';
import { startStock } from './stock.js';

/** What the server has used up since it was asked to begin. */
export interface Usage {
  readonly cpuMicros: number;
  readonly loopDelayP99Ms: number;
}

const STARTS: Record<ServerName, (setup: ServerSetup) => Promise<number>> = {
  open: startOpen,
  twin: startOpen,
  ours: startOurs,
  stock: startStock,
  plain: () => startPlain(),
  bearer: startPlain,
};

/** The histogram counts the whole time between two ticks of its timer. */
const TICK_MS = 1;
const loopDelay = monitorEventLoopDelay({ resolution: TICK_MS });
let cpuAtBegin = process.cpuUsage();

function begin(): object {
  loopDelay.reset();
  loopDelay.enable();
  cpuAtBegin = process.cpuUsage();
  return {};
}

function end(): Usage {
  const { user, system } = process.cpuUsage(cpuAtBegin);
  loopDelay.disable();
  const loopDelayP99Ms = Math.max(0, loopDelay.percentile(99) / 1e6 - TICK_MS);
  return { cpuMicros: user + system, loopDelayP99Ms };
}

// In a process of its own: [name, platform, issuer].
const [name, platform, issuer] = process.argv.slice(2) as [ServerName, Platform, string];
process.on('disconnect', () => process.exit());
const port = await STARTS[name]({ platform, issuer });
process.on('message', (question) => process.send?.(question === 'begin' ? begin() : end()));
process.send?.({ port });
