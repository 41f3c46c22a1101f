import { LRUCache } from 'lru-cache';
import { atMost } from '../common/at-most.js';
import { after, type Clock } from '../common/clock.js';
import type { UserTokenRecord } from './user-token.store.js';

const MAX_CHANGES = 10_000;
const FIRST_RETRY_MS = 250;
/** Not longer: whoever is asked next spends the old refresh token. */
export const LAST_RETRY_MS = 1_000;

/** A change of a record. */
export interface Change {
  /** The record that it was made from. */
  readonly from: UserTokenRecord;
  /** Makes the new record; asked again for a record that changed in other respects meanwhile. */
  readonly next: (current: UserTokenRecord) => UserTokenRecord;
  /** Whether it is also good for what another replica has got with the refresh token meanwhile. */
  readonly always?: boolean;
  /** Whether nothing is lost without it, so that nobody has to wait for it. */
  readonly optional?: boolean;
  /** What is to be done where the user is gone by then. */
  readonly tooLate?: (() => Promise<void>) | undefined;
}

/**
 * What a store failed to write. Another replica may be asked next, which knows nothing of it, so it is tried again and
 * again by itself, and not only when somebody asks here.
 */
export class WriteRetryQueue {
  readonly #changes = new LRUCache<string, Change>(atMost(MAX_CHANGES));
  #cancel: (() => void) | undefined;
  #waitMs = FIRST_RETRY_MS;
  #retrying = false;
  #closed = false;

  constructor(
    private readonly write: (user: string, change: Change) => Promise<unknown>,
    private readonly clock: Clock,
  ) {}

  keep(user: string, change: Change): void {
    // What is no worse lost does not take the place of what is.
    if (change.optional && this.#changes.has(user)) return;
    this.#changes.set(user, change);
    this.retryLater();
  }

  /** What is left for a user. */
  of(user: string): Change | undefined {
    return this.#changes.get(user);
  }

  forget(user: string): void {
    this.#changes.delete(user);
  }

  /** Writes what is left for a user, if there is anything that others rest on. Fails as the store does. */
  async saveNeeded(user: string): Promise<void> {
    if (!this.#changes.get(user)?.optional) await this.save(user);
  }

  /** Writes what is left for a user, if there is anything. Fails as the store does. */
  private async save(user: string): Promise<void> {
    const change = this.#changes.get(user);
    if (!change) return;
    await this.write(user, change);
    // Only this one: a newer one may have come meanwhile.
    if (this.#changes.get(user) === change) this.#changes.delete(user);
  }

  /** Tries at once, as there is reason to hope. */
  retryNow(): void {
    if (this.#changes.size === 0 || this.#retrying || this.#closed) return;
    this.#cancel?.();
    void this.retry();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await Promise.allSettled([...this.#changes.keys()].map((user) => this.save(user)));
  }

  private retryLater(): void {
    if (this.#closed) return;
    this.#cancel ??= after(this.clock, this.#waitMs, () => void this.retry());
  }

  private async retry(): Promise<void> {
    this.#retrying = true;
    const users = [...this.#changes.keys()];
    for (const user of users) await this.save(user).catch(() => undefined);
    this.#retrying = false;
    this.#cancel = undefined;
    const done = this.#changes.size === 0;
    this.#waitMs = done ? FIRST_RETRY_MS : Math.min(this.#waitMs * 2, LAST_RETRY_MS);
    if (!done) this.retryLater();
  }
}
