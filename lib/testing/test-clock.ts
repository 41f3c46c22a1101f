import type { Clock } from '../common/clock.js';

/** How far {@link TestClock.advance} moves the clock. The parts add up. */
export interface TimeSpan {
  hours?: number | undefined;
  minutes?: number | undefined;
  seconds?: number | undefined;
  ms?: number | undefined;
}

/**
 * The time of the application under test. It begins with that of the machine, and stands still: it moves when a test says so,
 * and when the application waits by it, as before it repeats a token request. Nobody really waits.
 */
export class TestClock implements Clock {
  #now = Date.now();

  /** The current time of the application, in milliseconds since the epoch. */
  now(): number {
    return this.#now;
  }

  /** The time of the application as a `Date`. */
  date(): Date {
    return new Date(this.#now);
  }

  /** Moves the time on, or back where the span is negative. */
  advance({ hours = 0, minutes = 0, seconds = 0, ms = 0 }: TimeSpan): void {
    this.#now += ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
  }

  /** @internal */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#now += ms;
  }
}
