import type { Processes } from '../common/processes.js';
import { type Spread, spreadOf } from '../common/statistics.js';
import type { CacheJob } from './clients/cache.js';
import type { LookUpTimes } from './clients/look-ups.js';
import type { Options } from './options.js';
import type { Setting } from './setting.js';

/** What keeping tokens costs, with this package. */
export interface CacheTrial {
  readonly bytesPerToken: number;
  /** Microseconds. */
  readonly lookUpOf10_000: Spread;
  readonly lookUpOf100_000: Spread;
  /** The same in a mere map. */
  readonly lookUpInMap: Spread;
}

export async function holdCacheTrial(
  { keptTokens: count, lookUps }: Options,
  processes: Processes,
  setting: Setting,
): Promise<CacheTrial> {
  const { bytes } = await ask<{ bytes: number }>(processes, {
    kind: 'memory',
    tokenEndpoint: setting.tokenEndpoint(),
    count,
  });
  const times = await ask<LookUpTimes>(processes, { kind: 'look-ups', lookUps });
  return {
    bytesPerToken: bytes,
    lookUpOf10_000: spreadOf(times.ofStandard),
    lookUpOf100_000: spreadOf(times.ofLarge),
    lookUpInMap: spreadOf(times.ofMap),
  };
}

async function ask<Answer>(processes: Processes, job: CacheJob): Promise<Answer> {
  const program = new URL('./clients/cache.js', import.meta.url);
  const peer = processes.start('cache', program, [], ['--expose-gc']);
  await peer.ask();
  const answer = await peer.ask<Answer>(job);
  await peer.end();
  return answer;
}
