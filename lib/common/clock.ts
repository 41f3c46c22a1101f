import { setTimeout } from 'node:timers/promises';

/** Where the time comes from. Give your own to travel in time in tests. */
export interface Clock {
  /** The current time in milliseconds since the epoch. */
  now(): number;
  /**
   * Waits, before a request is repeated. Rejects when the signal says so.
   *
   * @defaultValue a timer
   */
  sleep?(ms: number, signal: AbortSignal): Promise<void>;
}

/** The clock of the machine; the default. */
export const systemClock: Clock = { now: () => Date.now() };

/** Waits by a clock. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return clock.sleep?.(ms, signal) ?? setTimeout(ms, undefined, { signal });
}
