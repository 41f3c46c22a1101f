import { randomUUID } from 'node:crypto';
import type { TokenLease, TokenLock } from '../token-client/sharing/token-lock.js';
import type { RedisClient } from './redis-client.js';
import { redisCommands, type RedisCommands } from './redis-commands.js';

/** In one step: between looking and deleting, our time could be over and the lock somebody else's. */
const DELETE_IF_OURS = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('del', KEYS[1])`;

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
 * Where Redis fails, `acquire` and `release` reject, as soon as the client gives up.
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
    if (!(await this.#commands.setIfAbsent(name, owner, ttlMs))) return undefined;
    return {
      release: async () => {
        await this.#commands.eval(DELETE_IF_OURS, name, owner);
      },
    };
  }
}
