import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 10;

/**
 * Waits until a condition holds.
 *
 * @param limitMs after how long it is given up, in milliseconds
 * @returns how long it took, in milliseconds
 */
export async function eventually(
  what: string,
  condition: () => Promise<boolean>,
  limitMs = 20_000,
): Promise<number> {
  const begun = performance.now();
  while (!(await condition())) {
    if (performance.now() - begun > limitMs) throw new Error(`Waited in vain until ${what}`);
    await sleep(POLL_MS);
  }
  return performance.now() - begun;
}
