import { randomUUID } from 'node:crypto';
import type { TokenLease, TokenLock } from '../token-lock.js';
import { LostLocks } from './lost-locks.js';
import type { RedisClient } from './redis-client.js';
import { limited, redisCommands, wholeMs, type RedisCommands } from './redis-commands.js';
import { DELETE_TEXT } from './redis-store.scripts.js';

/** Clients send a command again whose answer was lost: what is ours by then is ours, and not taken. */
const SET_IF_FREE = `
if redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return redis.call('get', KEYS[1]) == ARGV[1] and 1 or 0`;

/** How long to wait for whether Redis is back, in milliseconds: longer, and a broken connection would hold up the next look. */
const LOOK_LIMIT_MS = 250;

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
 * Where Redis fails, `acquire` and `release` reject: as soon as the client gives up, and after a second at the latest. What
 * Redis may have given out all the same is given back as soon as it answers again.
 */
export class RedisTokenLock implements TokenLock {
  readonly #commands: RedisCommands;
  readonly #keyPrefix: string;
  readonly #lost: LostLocks;

  /**
   * @param client a client of `ioredis` or of `redis`, connected by the application
   * @throws TypeError where it is neither
   */
  constructor(
    client: RedisClient,
    { keyPrefix = 'nestjs-access-tokens:lock:' }: RedisTokenLockOptions = {},
  ) {
    const commands = redisCommands(client);
    // Some clients forget what was on its way when the connection broke, and never tell.
    this.#commands = limited(commands);
    this.#keyPrefix = keyPrefix;
    const soon = limited(commands, LOOK_LIMIT_MS);
    this.#lost = new LostLocks((name, owner) => giveBack(soon, name, owner));
  }

  async acquire(key: string, ttlMs: number): Promise<TokenLease | undefined> {
    const name = this.#keyPrefix + key;
    const owner = randomUUID();
    const ttl = String(wholeMs(ttlMs));
    const taking = this.#commands.eval(SET_IF_FREE, name, owner, ttl);
    const taken = await this.orLost(taking, name, owner);
    if (Number(taken) !== 1) return undefined;
    return {
      release: async () => {
        await this.orLost(giveBack(this.#commands, name, owner), name, owner);
      },
    };
  }

  /** A command that fails may have been run, and only the answer lost; or it is run when Redis wakes up. */
  private async orLost<T>(command: Promise<T>, name: string, owner: string): Promise<T> {
    try {
      return await command;
    } catch (error) {
      this.#lost.add(name, owner);
      throw error;
    }
  }
}

/** In one step: between looking and deleting, our time could be over and the lock somebody else's. */
async function giveBack(commands: RedisCommands, name: string, owner: string): Promise<boolean> {
  return Number(await commands.eval(DELETE_TEXT, name, owner)) === 1;
}
