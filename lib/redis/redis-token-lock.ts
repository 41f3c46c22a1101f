import { randomUUID } from 'node:crypto';
import type { TokenLease, TokenLock } from '../token-client/sharing/token-lock.js';
import type { RedisClient } from './redis-client.js';
import { redisCommands, wholeMs, type RedisCommands } from './redis-commands.js';
import { DELETE_TEXT } from './redis-store.scripts.js';

/** Clients send a command again whose answer was lost: what is ours by then is ours, and not taken. */
const SET_IF_FREE = `
if redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return redis.call('get', KEYS[1]) == ARGV[1] and 1 or 0`;

/** Options of {@link RedisTokenLock}. */
export interface RedisTokenLockOptions {
  /**
   * What the keys in Redis begin with. Applications that share a Redis and not their tokens need prefixes of their own.
   *
   * @defaultValue `nestjs-access-tokens:lock:`
   */
  readonly keyPrefix?: string | undefined;
}

/**
 * A lock in Redis, for replicas that share one: `SET NX PX`, with an owner of its own for each time that it is taken.
 * Redis can lose a lock, by a restart or a failover. It spares work; it is not what correctness rests on.
 *
 * Where Redis fails, `acquire` and `release` reject, as soon as the client gives up. Nobody waits that long.
 */
export class RedisTokenLock implements TokenLock {
  readonly #commands: RedisCommands;
  readonly #keyPrefix: string;

  /**
   * @param client a client of `ioredis` or of `redis`, connected by the application
   * @throws TypeError where it is neither
   */
  constructor(
    client: RedisClient,
    { keyPrefix = 'nestjs-access-tokens:lock:' }: RedisTokenLockOptions = {},
  ) {
    this.#commands = redisCommands(client);
    this.#keyPrefix = keyPrefix;
  }

  async acquire(key: string, ttlMs: number): Promise<TokenLease | undefined> {
    const name = this.#keyPrefix + key;
    const owner = randomUUID();
    const ttl = String(wholeMs(ttlMs));
    if (Number(await this.#commands.eval(SET_IF_FREE, name, owner, ttl)) !== 1) return undefined;
    return {
      release: async () => {
        // In one step: between looking and deleting, our time could be over and the lock somebody else's.
        await this.#commands.eval(DELETE_TEXT, name, owner);
      },
    };
  }
}
