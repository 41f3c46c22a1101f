/*
 * FUZZ_SEED     repeats what was tried before. Default: another one each time, and always printed
 * FUZZ_PATH     goes straight to the case that failed, together with its seed
 * FUZZ_SECONDS  for each kind of case. Default: 4
 * FUZZ_RUNS     ends earlier, after so many runs of each kind
 */

const number = (name: string, otherwise: number): number => Number(process.env[name] || otherwise);

/** What all random cases come from. */
export const seed = number('FUZZ_SEED', 1);
export const path = process.env['FUZZ_PATH'];
export const seconds = number('FUZZ_SECONDS', 4);
export const maxRuns = number('FUZZ_RUNS', Number.POSITIVE_INFINITY);

/** No case, however many calls it is made of, takes longer, even where other work has most of the machine. */
export const CASE_TIMEOUT_MS = 60_000;

// Not less than what starting and stopping take on a busy machine.
jest.setTimeout(seconds * 2_000 + 2 * CASE_TIMEOUT_MS);
