import KeyvRedis from '@keyv/redis';
import { Redis } from 'ioredis';
import { Keyv } from 'keyv';
import { type KeyvLike, type RedisClient, RedisStore, RedisTokenLock } from 'nestjs-access-tokens';
import { createClient } from 'redis';
import type { StoreName } from '../plan.js';

/** What a replica shares by, over connections of its own. */
export interface Connection {
  readonly client: RedisClient;
  readonly tokenCache: KeyvLike;
  readonly tokenLock: RedisTokenLock;
}

export async function connect(store: Exclude<StoreName, 'none'>, url: string): Promise<Connection> {
  const client = store === 'ioredis' ? new Redis(url) : await createClient({ url }).connect();
  const tokenLock = new RedisTokenLock(client);
  const tokenCache =
    store === 'keyv' ? new Keyv({ store: new KeyvRedis(url) }) : new RedisStore(client);
  return { client, tokenCache, tokenLock };
}
