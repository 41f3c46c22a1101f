import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KeyvLike, TokenLock } from 'nestjs-access-tokens';

/** What goes on after a token was handed out: writing it for the other replicas, and giving the lock back. */
export class Outstanding {
  readonly #promises = new Set<Promise<unknown>>();

  watchCache(cache: KeyvLike): void {
    const set = cache.set.bind(cache);
    cache.set = (key, value, ttlMs) => this.noted(set(key, value, ttlMs));
  }

  watchLock(lock: TokenLock): void {
    const acquire = lock.acquire.bind(lock);
    lock.acquire = async (key, ttlMs) => {
      const lease = await acquire(key, ttlMs);
      return lease && { release: () => this.noted(lease.release()) };
    };
  }

  /** Resolves when nothing is left. What follows from something that has ended begins within the same turn. */
  async settled(): Promise<void> {
    while (this.#promises.size > 0) {
      await Promise.allSettled(this.#promises);
      await nextTurn();
    }
  }

  private noted<T>(promise: Promise<T>): Promise<T> {
    this.#promises.add(promise);
    const forget = (): boolean => this.#promises.delete(promise);
    promise.then(forget, forget);
    return promise;
  }
}
