import { systemClock, type Clock } from '../../common/clock.js';
import { ExpiryQueue } from './expiry-queue.js';
import { ReplayStoreFullError } from './replay-store-full.error.js';
import type { ReplayStore } from './replay-store.js';

/** More than one, so that what is over becomes less; few, so that no call pays for all the others. */
const REMOVALS_PER_CALL = 2;

/** Options of {@link MemoryReplayStore}. */
export interface MemoryReplayStoreOptions {
  /**
   * How many entries are held at most. An entry takes a few hundred bytes.
   *
   * @defaultValue 100 000: over five minutes, some 330 new ones a second
   */
  readonly maxEntries?: number | undefined;
  /**
   * Where the time comes from.
   *
   * @defaultValue the clock of the machine
   */
  readonly clock?: Clock | undefined;
}

/**
 * A {@link ReplayStore} in the memory of this process, for an application that runs once. Several replicas need one that
 * they share, such as the `RedisReplayStore`: what one of them has seen, the others would let through.
 *
 * When it is full of entries that are not over, it throws a {@link ReplayStoreFullError} rather than forget one.
 */
export class MemoryReplayStore implements ReplayStore {
  readonly #maxEntries: number;
  readonly #clock: Clock;
  readonly #untilMs = new Map<string, number>();
  readonly #expiries = new ExpiryQueue();

  /** @throws RangeError where `maxEntries` is not a whole number above 0 */
  constructor({ maxEntries = 100_000, clock = systemClock }: MemoryReplayStoreOptions = {}) {
    if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
      throw new RangeError(`maxEntries: ${maxEntries} is not a whole number above 0`);
    }
    this.#maxEntries = maxEntries;
    this.#clock = clock;
  }

  /** @throws RangeError where `ttlMs` is not a number: such an entry would be over before it is looked at */
  async putIfAbsent(key: string, ttlMs: number): Promise<boolean> {
    if (Number.isNaN(ttlMs)) throw new RangeError('ttlMs is not a number');
    const nowMs = this.#clock.now();
    this.removeSome(nowMs);
    const untilMs = this.#untilMs.get(key);
    if (untilMs !== undefined && untilMs > nowMs) return false;
    // One that is over was removed above, if there is any: so none of these is.
    if (this.#expiries.size >= this.#maxEntries) throw new ReplayStoreFullError(this.#maxEntries);
    const atMs = nowMs + Math.max(1, ttlMs);
    this.#untilMs.set(key, atMs);
    this.#expiries.add({ key, atMs });
    return true;
  }

  private removeSome(nowMs: number): void {
    for (let removed = 0; removed < REMOVALS_PER_CALL; removed += 1) {
      const over = this.#expiries.takeOver(nowMs);
      if (!over) return;
      // It may have been noted anew since.
      if (this.#untilMs.get(over.key) === over.atMs) this.#untilMs.delete(over.key);
    }
  }
}
