import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from 'nestjs-access-tokens';

/** A clock that stands still until it is told to move, or until somebody sleeps by it. */
export class TestClock implements Clock {
  /** How long was slept, each time, in milliseconds. Nobody really waits. */
  readonly naps: number[] = [];
  private time = Date.now();

  now(): number {
    return this.time;
  }

  async sleep(ms: number): Promise<void> {
    this.naps.push(ms);
    this.time += ms;
  }

  /** What is done in the background is done for real, and soon: there every minute is but a second. */
  after(ms: number, work: () => void): () => void {
    const timer = setTimeout(work, ms / 60).unref();
    return () => clearTimeout(timer);
  }

  advance({
    minutes = 0,
    seconds = 0,
    ms = 0,
  }: {
    minutes?: number;
    seconds?: number;
    ms?: number;
  }): void {
    this.time += (minutes * 60 + seconds) * 1000 + ms;
  }
}

/** A clock that stands still also for those who sleep by it: so that nobody's time is over while others get on. */
export class StandingClock extends TestClock {
  override async sleep(ms: number): Promise<void> {
    this.naps.push(ms);
    await pause(ms / 10);
  }
}
