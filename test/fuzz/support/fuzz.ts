import { inspect } from 'node:util';
import fc from 'fast-check';
import { Growth } from './growth.js';
import { CASE_TIMEOUT_MS, maxRuns, path, seconds, seed } from './settings.js';

/** After so many runs the next seed is taken: the time is looked at in between, and the heap may be measured. */
const RUNS_PER_SEED = 20;
/** The part of the time after which everything that is going to be cached is. */
const WARM = 0.4;
const MAX_SHOWN = 3_000;

/**
 * Checks cases at random for as long as the settings say, and prints how many there were, and of which seed. A case
 * that fails is made smaller first, and comes with what to type to have it again. Whatever is checked must not make
 * the process grow.
 *
 * @param what the cases are, in the plural
 * @param check throws where something is wrong; gives the number of cases where one value holds several
 * @param share of the time that each kind of case has
 */
export async function fuzz<T>(
  what: string,
  cases: fc.Arbitrary<T>,
  check: (one: T) => Promise<number | void> | number | void,
  share = 1,
): Promise<void> {
  const begin = performance.now();
  const endMs = seconds * share * 1000;
  const growth = new Growth();
  let count = 0;
  const property = fc.asyncProperty(cases, async (one) => {
    count += (await check(one)) ?? 1;
  });
  let runs = 0;
  for (let next = seed; ; next = (next + 1) % 2 ** 31) {
    await runSome(what, property, next, Math.min(RUNS_PER_SEED, maxRuns - runs));
    runs += RUNS_PER_SEED;
    const passed = performance.now() - begin;
    if (path !== undefined || passed > endMs || runs >= maxRuns) break;
    if (passed > endMs * WARM && !growth.isMeasuring) await growth.begin();
  }
  const grown = ((await growth.end()) / 1e6).toFixed(1);
  const time = ((performance.now() - begin) / 1000).toFixed(1);
  const counted = count.toLocaleString('en');
  process.stdout.write(`${counted} ${what} in ${time} s, heap ${grown} MB, seed ${seed}\n`);
  if (count === 0) throw new Error(`${what}: none was tried`);
}

async function runSome<T>(
  what: string,
  property: fc.IAsyncProperty<[T]>,
  from: number,
  numRuns: number,
): Promise<void> {
  const found = await fc.check(property, {
    seed: from,
    numRuns,
    timeout: CASE_TIMEOUT_MS,
    // Long enough to make a case smaller, unless it is one that waits for ever.
    interruptAfterTimeLimit: CASE_TIMEOUT_MS,
    ...(path !== undefined && { path }),
  });
  if (!found.failed) return;
  const { counterexample, counterexamplePath, errorInstance, numShrinks } = found;
  const shown = inspect(counterexample?.[0], { depth: 12, maxStringLength: 500, breakLength: 100 });
  throw new Error(
    [
      `${what}: ${messageOf(errorInstance)}`,
      `To see it again: FUZZ_SEED=${from} FUZZ_PATH=${counterexamplePath} npm run test:fuzz -- -t '${expect.getState().currentTestName ?? ''}'`,
      `After ${numShrinks} shrinks: ${shown.slice(0, MAX_SHOWN)}`,
    ].join('\n'),
    { cause: errorInstance },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
