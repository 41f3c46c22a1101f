import type { Logger } from '@nestjs/common';
import type { Clock } from '../common/clock.js';
import { BatchedReads } from './batched-reads.js';
import { plain, type Sealer } from './key-ring.js';
import type { KeyvLike } from './keyv-like.js';
import { CircuitBreaker, type GuardedOperation } from './circuit-breaker.js';
import { KeyvWithErrors } from './keyv-errors.js';

const PREFIX = 'nestjs-access-tokens:';

/** The cache of all replicas. What it cannot answer in time, or what cannot be read, counts as not there. Never throws. */
export class SharedCache {
  readonly #keyv: KeyvWithErrors;
  readonly #sealer: Sealer;
  readonly #breaker: CircuitBreaker;
  readonly #gathered = new BatchedReads((names) => this.readMany(names));
  #complained = false;

  constructor(
    keyv: KeyvLike,
    sealer: Sealer,
    clock: Clock,
    private readonly logger: Logger,
  ) {
    this.#keyv = new KeyvWithErrors(keyv);
    this.#sealer = sealer;
    this.#breaker = new CircuitBreaker(
      {
        option: 'tokenCache',
        code: 'token_cache',
        without: 'Until it works again, this replica goes on with tokens of its own.',
      },
      clock,
      logger,
    );
  }

  /** Whether nobody without the keys can read what is kept there. */
  get secret(): boolean {
    return this.#sealer !== plain;
  }

  /** Whether it failed when it was last asked. */
  get isDown(): boolean {
    return this.#breaker.isDown;
  }

  async read(name: string): Promise<string | undefined> {
    const [text] = (await this.readMany([name])) ?? [];
    return text ?? undefined;
  }

  /** For those who look again and again: together with what others look for at about the same time. */
  readSoon(name: string): Promise<string | undefined> {
    return this.#gathered.read(name);
  }

  /** Nothing at all where the cache does not answer; null for what is there and cannot be read. */
  async readMany(names: readonly string[]): Promise<(string | undefined | null)[] | undefined> {
    const keys = names.map(keyOf);
    const values = await this.ask(
      (keyv) => keyv.getMany?.(keys) ?? Promise.all(keys.map((key) => keyv.get(key))),
    );
    return values && keys.map((key, index) => this.open(values[index], key));
  }

  /** @returns whether it was written */
  async write(name: string, text: string, ttlMs: number): Promise<boolean> {
    const key = keyOf(name);
    const sealed = this.seal(text, key);
    if (sealed === undefined) return false;
    return (await this.ask((keyv) => set(keyv, key, sealed, ttlMs), 'write')) === true;
  }

  /**
   * Writes if what is there is still `expected`, or if there is nothing and nothing is expected. Where the backend has no way
   * to compare and write at once, somebody may come in between.
   *
   * @returns whether the cache has answered
   */
  async replace(
    name: string,
    expected: string | undefined,
    text: string,
    ttlMs: number,
  ): Promise<boolean> {
    const key = keyOf(name);
    const sealed = this.seal(text, key);
    if (sealed === undefined) return false;
    const answered = await this.ask(async (keyv) => {
      const value = (await keyv.get(key)) ?? undefined;
      if (this.open(value, key) !== expected) return true;
      await (keyv.replace?.(key, value, sealed, ttlMs) ?? set(keyv, key, sealed, ttlMs));
      return true;
    }, 'write');
    return answered === true;
  }

  /** What it answers to a call that succeeds; nothing where it does not. */
  private async ask<T>(
    work: (keyv: KeyvLike) => Promise<T>,
    operation?: GuardedOperation,
  ): Promise<T | undefined> {
    return this.#breaker.try(() => this.#keyv.ask(work), undefined, operation);
  }

  /** Nothing where the text is too big to be kept, for which the cache can do nothing. */
  private seal(text: string, key: string): string | undefined {
    try {
      return this.#sealer.seal(text, key);
    } catch {
      return undefined;
    }
  }

  private open(value: unknown, key: string): string | undefined | null {
    if (value === undefined || value === null) return undefined;
    const text = this.#sealer.open(value, key);
    if (text === undefined) this.complain();
    return text ?? null;
  }

  /** Also for what could be opened, and still makes no sense. */
  complain(): void {
    if (this.#complained) return;
    this.#complained = true;
    this.logger.warn(
      'token_cache_unreadable: An entry of tokenCache cannot be read, and counts as missing. Do all replicas have the same encryptionKeys, and does nobody else write there? This is said once.',
    );
  }

  close(): void {
    this.#keyv.close();
  }
}

async function set(keyv: KeyvLike, key: string, sealed: string, ttlMs: number): Promise<true> {
  const answer = await keyv.set(key, sealed, ttlMs);
  // Of what was written, stores say true or nothing at all; Keyv swallows what its backend throws, and says false.
  if (answer === false) throw new Error('The backend of Keyv did not write');
  return true;
}

function keyOf(name: string): string {
  return PREFIX + name;
}
