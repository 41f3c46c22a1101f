import { withTimeout } from './with-timeout.js';

/** So much is going on that nobody's turn came in time. */
export class TooBusyError extends Error {
  override readonly name = 'TooBusyError';
}

/** Where somebody waits. */
interface Place {
  enter?: () => void;
}

/** Lets only so much work go on at the same time; the rest waits its turn for a while, first come, first served. */
export class Turns {
  private running = 0;
  private readonly queue: Place[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly tunnelTimeoutMs: number,
  ) {}

  /** @throws {TooBusyError} when its turn does not come in time */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.atOnce) this.running += 1;
    else await this.wait();
    try {
      return await work();
    } finally {
      this.pass();
    }
  }

  private async wait(): Promise<void> {
    const place: Place = {};
    const turn = new Promise<void>((resolve) => (place.enter = resolve));
    this.queue.push(place);
    try {
      await withTimeout(this.tunnelTimeoutMs, () => turn);
    } catch {
      const at = this.queue.indexOf(place);
      if (at >= 0) this.queue.splice(at, 1);
      // The turn came at the very moment when the patience ended: somebody else has it.
      else this.pass();
      throw new TooBusyError(`no turn within ${this.tunnelTimeoutMs} ms`);
    }
  }

  private pass(): void {
    const next = this.queue.shift();
    if (next) next.enter?.();
    else this.running -= 1;
  }
}
