import { LRUCache } from 'lru-cache';

const MAX_REMEMBERED = 1_000;

/** Remembers what has been said, so that a state is told when it begins and not with every call. */
export class Said {
  // What is asked for can differ from call to call, without end.
  readonly #said = new LRUCache<string, true>({ max: MAX_REMEMBERED });

  /** Whether this has not been said before. From now on it has. */
  first(...about: string[]): boolean {
    const key = JSON.stringify(about);
    if (this.#said.get(key)) return false;
    this.#said.set(key, true);
    return true;
  }

  /** Is over: if it begins again, it is worth telling again. */
  over(...about: string[]): void {
    this.#said.delete(JSON.stringify(about));
  }
}
