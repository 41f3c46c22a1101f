import type { Logger } from '@nestjs/common';
import type { Clock } from '../common/clock.js';
import { kindOfError } from '../common/kind-of-error.js';
import { remainingMs } from '../common/remaining.js';
import { TimeoutError, withTimeout } from '../common/with-timeout.js';
import { UserTokenStoreError } from './user-token.errors.js';

export type StoreOperation = UserTokenStoreError['operation'];

/** Silences in a row after which a store is left alone for a while, so that not every call waits for nothing. */
const SILENCES = 3;
const COOL_DOWN_MS = 1_000;

/** Asks a store for a limited time, and tells once when it begins to fail and when it works again. */
export class StoreCircuitBreaker {
  readonly #failing = new Set<StoreOperation>();
  #silences = 0;
  #restUntil = 0;
  #recoveredAt: number | undefined;
  #recovered: (() => void) | undefined;

  /** @param limitMs how long the store may take for one operation */
  constructor(
    private readonly limitMs: number,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** When the store last began to work again, in milliseconds since the epoch. */
  get recoveredAt(): number | undefined {
    return this.#recoveredAt;
  }

  /** Tells when the store works again. */
  onRecovered(listener: () => void): void {
    this.#recovered = listener;
  }

  /** @throws {UserTokenStoreError} */
  async attempt<T>(what: StoreOperation, work: () => Promise<T>): Promise<T> {
    const now = this.clock.now();
    if (this.#silences >= SILENCES) {
      if (remainingMs(this.#restUntil, now, COOL_DOWN_MS) > 0) {
        throw new UserTokenStoreError(what, 'it gave no answer the last times it was asked');
      }
      // One tries; the others go on without.
      this.#restUntil = now + COOL_DOWN_MS;
    }
    try {
      const answer = await withTimeout(this.limitMs, work);
      this.works(what);
      return answer;
    } catch (error) {
      throw this.failure(what, error);
    }
  }

  private works(what: StoreOperation): void {
    this.#silences = 0;
    if (!this.#failing.delete(what)) return;
    this.#recoveredAt = this.clock.now();
    this.logger.log(`user_token_store_recovered: The store of user tokens can ${what} again.`);
    this.#recovered?.();
  }

  private failure(what: StoreOperation, error: unknown): UserTokenStoreError {
    const silent = error instanceof TimeoutError;
    this.#silences = silent ? this.#silences + 1 : 0;
    this.#restUntil = this.clock.now() + COOL_DOWN_MS;
    // Not what it threw, which may hold a connection string or the record.
    const name = kindOfError(error);
    const reason = silent ? `it ${error.message}` : `it threw ${name}`;
    const failure = new UserTokenStoreError(what, reason);
    if (!this.#failing.has(what)) {
      this.#failing.add(what);
      this.logger.error(`user_token_store_failed: ${failure.message}`);
    }
    return failure;
  }
}
