import { setTimeout as pause } from 'node:timers/promises';

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
  /**
   * @internal
   * Calls once after a while, for what is done in the background, unless it is called off by what comes back. By default a
   * timer that keeps no process alive. Not by `sleep`, which may be over at once: what is done again and again would never
   * end then.
   */
  after?(ms: number, work: () => void): () => void;
}

/** The clock of the machine; the default. */
export const systemClock: Clock = { now: () => Date.now() };

/** Waits by a clock. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return clock.sleep?.(ms, signal) ?? pause(ms, undefined, { signal });
}

/** Calls once after a while, by a clock. Gives what calls it off. */
export function after(clock: Clock, ms: number, work: () => void): () => void {
  if (clock.after) return clock.after(ms, work);
  const timer = setTimeout(work, ms).unref();
  return () => clearTimeout(timer);
}

/** Calls again and again, by a clock. Gives what ends that. */
export function every(clock: Clock, ms: number, work: () => void): () => void {
  let cancel = after(clock, ms, next);
  function next(): void {
    cancel = after(clock, ms, next);
    work();
  }
  return () => cancel();
}
