import { Logger } from '@nestjs/common';
import type { OwnRedis } from '../../replicas/redis/own-redis.js';
import type { RedisClient } from '../../replicas/redis/redis-client.js';
import { redisCommands } from '../../replicas/redis/redis-commands.js';
import { redisOfURL, redisURLFault } from '../../replicas/redis/redis-of-url.js';
import { RedisReports } from '../../replicas/redis/redis-reports.js';
import { RedisStore } from '../../replicas/redis/redis-store.js';
import { RedisTokenLock } from '../../replicas/redis/redis-token-lock.js';
import type { TokenClientModuleOptions } from './token-client.options.js';
import { KeyvUserTokenStore } from '../../user-tokens/keyv-user-token.store.js';
import { textFault } from '../../common/options/checks.js';

const DEFAULT_PREFIX = 'nestjs-access-tokens:';
const NO_PACKAGE =
  'redis: a URL, and there is no package to connect with. Install ioredis (npm install ioredis) or redis (npm install redis), or give a client in place of the URL.';

/** Options in which `redis` has become what it stands for. */
export interface SharedOptions {
  readonly options: TokenClientModuleOptions;
  /** The client that was made for a URL, and is to be connected and closed. One that was given belongs to who gave it. */
  readonly own?: OwnRedis | undefined;
  /** What is wrong that only opening it could tell. */
  readonly fault?: string | undefined;
}

/** What is wrong with the option `redis` and with what goes with it. */
export function redisFaults({ redis, redisKeyPrefix }: TokenClientModuleOptions): string[] {
  const faults = [
    redisFault(redis),
    redisKeyPrefix === undefined ? undefined : textFault('redisKeyPrefix', redisKeyPrefix),
    redisKeyPrefix !== undefined && redis === undefined
      ? 'redisKeyPrefix: goes with redis, which is missing. Give that as well; is the environment variable set?'
      : undefined,
  ];
  return faults.filter((fault) => fault !== undefined);
}

/**
 * Makes cache, store and lock of the option `redis`, but for those that are given as well. Connects to nothing yet. Options
 * that are at fault come back as they are.
 */
export async function withRedis(options: TokenClientModuleOptions): Promise<SharedOptions> {
  // The factory of forRootAsync may give nothing at all.
  const { redis, redisKeyPrefix = DEFAULT_PREFIX }: TokenClientModuleOptions = { ...options };
  if (redis === undefined || redisFaults(options).length > 0) return { options };
  if (typeof redis !== 'string') return { options: shared(options, redis, redisKeyPrefix) };
  const own = await redisOfURL(redis, new RedisReports(redis, new Logger('TokenClientModule')));
  return own
    ? { options: shared(options, own.client, redisKeyPrefix), own }
    : { options, fault: NO_PACKAGE };
}

function shared(
  options: TokenClientModuleOptions,
  client: RedisClient,
  keyPrefix: string,
): TokenClientModuleOptions {
  const store = new RedisStore(client, { keyPrefix });
  const {
    tokenCache = store,
    userTokenStore = new KeyvUserTokenStore(store),
    tokenLock = new RedisTokenLock(client, { keyPrefix: `${keyPrefix}lock:` }),
  } = options;
  return { ...options, tokenCache, userTokenStore, tokenLock };
}

function redisFault(redis: TokenClientModuleOptions['redis']): string | undefined {
  if (redis === undefined) return undefined;
  if (typeof redis === 'string') return redisURLFault('redis', redis);
  try {
    redisCommands(redis);
    return undefined;
  } catch {
    return "redis: neither a URL nor a client. Give a URL such as redis://localhost:6379, a Redis or Cluster of the package 'ioredis', or what createClient() or createCluster() of the package 'redis' returns.";
  }
}
