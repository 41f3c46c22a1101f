/**
 * How much of a wait is left, in milliseconds. None where more than the whole wait would be left: the clock was set back,
 * and nobody should wait until it catches up.
 */
export function remainingMs(untilMs: number, nowMs: number, wholeMs: number): number {
  const left = untilMs - nowMs;
  return left > 0 && left <= wholeMs ? left : 0;
}
