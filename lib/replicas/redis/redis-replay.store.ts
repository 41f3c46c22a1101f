import type { ReplayStore } from '../replay/replay-store.js';
import type { RedisClient } from './redis-client.js';
import { limited, redisCommands, type RedisCommands } from './redis-commands.js';

/** Options of {@link RedisReplayStore}. */
export interface RedisReplayStoreOptions {
  /**
   * What the keys in Redis begin with.
   *
   * @defaultValue `nestjs-access-tokens:replay:`
   */
  readonly keyPrefix?: string | undefined;
}

/**
 * A {@link ReplayStore} in Redis, which all replicas share: `SET NX PX`. Redis forgets what it was not told to keep: after a
 * restart without persistence, and with a `maxmemory-policy` other than `noeviction`, what was used once may be used again
 * while it is still in time.
 *
 * Where Redis fails, `putIfAbsent` rejects: as soon as the client gives up, and after one second at the latest. The client may
 * still write later, so that what was refused then is refused again.
 */
export class RedisReplayStore implements ReplayStore {
  readonly #commands: RedisCommands;
  readonly #keyPrefix: string;

  /**
   * @param client a client of `ioredis` or of `redis`, connected by the application
   * @throws TypeError where it is neither
   */
  constructor(
    client: RedisClient,
    { keyPrefix = 'nestjs-access-tokens:replay:' }: RedisReplayStoreOptions = {},
  ) {
    this.#commands = limited(redisCommands(client));
    this.#keyPrefix = keyPrefix;
  }

  putIfAbsent(key: string, ttlMs: number): Promise<boolean> {
    return this.#commands.setIfAbsent(this.#keyPrefix + key, '1', ttlMs);
  }
}
