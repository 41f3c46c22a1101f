import type { Clock } from 'nestjs-access-tokens';

/** A clock that stands still until it is told to move. */
export class TestClock implements Clock {
  private time = Date.now();

  now(): number {
    return this.time;
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
