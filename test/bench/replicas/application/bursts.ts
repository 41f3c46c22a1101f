import type { ClientTokenService } from 'nestjs-access-tokens';
import type { Participant } from './participant.js';

export interface Burst {
  readonly calls: number;
  /** Of the whole process with all its threads, also for what remains to be done after a call. */
  readonly cpuMicrosPerCall: number;
  /** Until the caller has the token. */
  readonly wallMicrosPerCall: number;
}

/** To look at the clock costs as much as a call. */
const CALLS_PER_LOOK = 1_000;

/** What ran before has left the caches of the processor to others. */
const RUN_UP = 0.2;

/** As many calls as there is time for, of a token that is at hand. */
export async function heldBurst(
  tokens: ClientTokenService,
  scope: string | undefined,
  ms: number,
): Promise<Burst> {
  // The first one gets it.
  await callsFor(tokens, scope, ms * RUN_UP);
  const cpu = process.cpuUsage();
  const began = performance.now();
  const calls = await callsFor(tokens, scope, ms);
  return burst(calls, (performance.now() - began) * 1_000, cpu);
}

async function callsFor(
  tokens: ClientTokenService,
  scope: string | undefined,
  ms: number,
): Promise<number> {
  let calls = 0;
  const began = performance.now();
  do {
    for (let i = 0; i < CALLS_PER_LOOK; i += 1)
      await (scope === undefined ? tokens.getToken('api') : tokens.getToken('api', { scope }));
    calls += CALLS_PER_LOOK;
  } while (performance.now() - began < ms);
  return calls;
}

/** One token after the other that is not at hand. */
export async function coldBurst(
  { get, settled }: Participant,
  scopes: readonly string[],
): Promise<Burst> {
  let wallMicros = 0;
  const cpu = process.cpuUsage();
  for (const scope of scopes) {
    const began = performance.now();
    await get(scope);
    wallMicros += (performance.now() - began) * 1_000;
    await settled();
  }
  return burst(scopes.length, wallMicros, cpu);
}

function burst(calls: number, wallMicros: number, since: NodeJS.CpuUsage): Burst {
  const { user, system } = process.cpuUsage(since);
  return {
    calls,
    cpuMicrosPerCall: (user + system) / calls,
    wallMicrosPerCall: wallMicros / calls,
  };
}
