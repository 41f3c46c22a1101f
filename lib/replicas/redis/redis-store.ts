import type { KeyvLike } from '../keyv-like.js';
import type { RedisClient } from './redis-client.js';
import { limited, redisCommands, textOf, wholeMs, type RedisCommands } from './redis-commands.js';
import {
  DELETE_SEEN,
  DELETE_TEXT,
  LOOK,
  REPLACE_SEEN,
  REPLACE_TEXT,
} from './redis-store.scripts.js';

/** Options of {@link RedisStore}. */
export interface RedisStoreOptions {
  /**
   * What the keys in Redis begin with, before what those who use the store put in front.
   *
   * @defaultValue nothing
   */
  readonly keyPrefix?: string | undefined;
}

/**
 * Keeps values as JSON in Redis: Keyv with one backend, which in addition can write on a condition. What somebody else put
 * there and is not JSON counts as missing.
 *
 * Where Redis fails, everything rejects: as soon as the client gives up, and after a second at the latest. The client may
 * still do it later.
 */
export class RedisStore implements KeyvLike {
  readonly #commands: RedisCommands;
  readonly #keyPrefix: string;

  /**
   * @param client a client of `ioredis` or of `redis`, connected by the application
   * @throws TypeError where it is neither
   */
  constructor(client: RedisClient, { keyPrefix = '' }: RedisStoreOptions = {}) {
    this.#commands = limited(redisCommands(client));
    this.#keyPrefix = keyPrefix;
  }

  async get(key: string): Promise<unknown> {
    return decoded(await this.#commands.get(this.#keyPrefix + key));
  }

  /** Several at once, in the same order. */
  async getMany(keys: readonly string[]): Promise<unknown[]> {
    const texts = await this.#commands.getMany(keys.map((key) => this.#keyPrefix + key));
    return texts.map(decoded);
  }

  /**
   * @param ttlMs how long it is kept, in milliseconds; for ever without it
   * @throws TypeError where the value has no JSON, such as `undefined`
   */
  async set(key: string, value: unknown, ttlMs?: number): Promise<void> {
    await this.#commands.set(this.#keyPrefix + key, encoded(value), ttlMs);
  }

  /** @returns whether something was there */
  delete(key: string): Promise<boolean> {
    return this.#commands.delete(this.#keyPrefix + key);
  }

  /**
   * Writes a value if what is there still reads as `expected`, or as nothing if that is `undefined`; all at once, so that
   * nobody can come in between.
   *
   * @param ttlMs how long it is kept, in milliseconds
   * @returns whether it was written
   * @throws TypeError where the value has no JSON, such as `undefined`
   */
  async replace(key: string, expected: unknown, value: unknown, ttlMs: number): Promise<boolean> {
    const name = this.#keyPrefix + key;
    const write = [encoded(value), String(wholeMs(ttlMs))];
    const wanted = expected === undefined ? undefined : encoded(expected);
    const condition = wanted === undefined ? [] : [wanted];
    if (await this.did(REPLACE_TEXT, name, ...write, ...condition)) return true;
    const seen = await this.seenAs(wanted, name);
    return seen !== undefined && this.did(REPLACE_SEEN, name, ...write, seen);
  }

  /**
   * Deletes a value if what is there still reads as `expected`; all at once, so that nobody can come in between. Also works
   * where Redis is full.
   *
   * @returns whether it was deleted
   * @throws TypeError where what is expected has no JSON, such as `undefined`
   */
  async deleteIf(key: string, expected: unknown): Promise<boolean> {
    const name = this.#keyPrefix + key;
    const wanted = encoded(expected);
    if (await this.did(DELETE_TEXT, name, wanted)) return true;
    const seen = await this.seenAs(wanted, name);
    return seen !== undefined && this.did(DELETE_SEEN, name, seen);
  }

  /**
   * Others may have written the same in other words, or what reads as nothing: neither may stay for ever.
   *
   * @returns a fingerprint of what is there, if that reads as it is wanted
   */
  private async seenAs(wanted: string | undefined, name: string): Promise<string | undefined> {
    const seen = await this.#commands.eval(LOOK, name);
    if (!Array.isArray(seen)) return undefined;
    const found = decoded(textOf(seen[0]));
    const text = found === undefined ? undefined : encoded(found);
    return text === wanted ? textOf(seen[1]) : undefined;
  }

  private async did(script: string, name: string, ...args: string[]): Promise<boolean> {
    return Number(await this.#commands.eval(script, name, ...args)) === 1;
  }
}

function encoded(value: unknown): string {
  const text: unknown = JSON.stringify(value);
  if (typeof text !== 'string') throw new TypeError('The value has no JSON');
  return text;
}

function decoded(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
