import { LRUCache } from 'lru-cache';
import { atMost } from './at-most.js';
import { systemClock, type Clock } from './clock.js';

const MAX_REMEMBERED = 1_000;

/** Remembers what has been said, so that a state is told when it begins and not with every call. */
export class OncePerState {
  // What is asked for can differ from call to call, without end.
  readonly #said = new LRUCache<string, number>(atMost(MAX_REMEMBERED));

  /** @param quietMs after how long without a word it counts as new */
  constructor(
    private readonly clock: Clock = systemClock,
    private readonly quietMs = Infinity,
  ) {}

  /** Whether this has not been said before. From now on it has. */
  begins(...about: string[]): boolean {
    const key = JSON.stringify(about);
    const now = this.clock.now();
    const last = this.#said.get(key);
    this.#said.set(key, now);
    return last === undefined || Math.abs(now - last) >= this.quietMs;
  }

  /** Is over: if it begins again, it is worth telling again. */
  ended(...about: string[]): void {
    this.#said.delete(JSON.stringify(about));
  }
}
