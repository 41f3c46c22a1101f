import KeyvRedis from '@keyv/redis';
import { Redis } from 'ioredis';
import { Keyv } from 'keyv';
import {
  RedisStore,
  RedisTokenLock,
  type KeyvLike,
  type RedisClient,
  type TokenLock,
} from 'nestjs-access-tokens';
import { createClient } from 'redis';
import type { ReplicaSetting } from './replica.orders.js';

/** What a replica has in common with others, and how to let go of it. */
export interface Sharing {
  readonly store: KeyvLike;
  readonly lock: TokenLock;
  close(): Promise<void>;
}

/** Over clients with the settings that they have by themselves, as most applications use them. */
export async function sharingOf({ redisUrl, over, lock }: ReplicaSetting): Promise<Sharing> {
  const { client, close } = await (over === 'ioredis' ? ioredis(redisUrl) : nodeRedis(redisUrl));
  const keyv = over === 'keyv' ? new Keyv(new KeyvRedis(redisUrl)) : undefined;
  keyv?.on('error', () => undefined);
  return {
    store: keyv ?? new RedisStore(client),
    lock: lockOf(lock, client),
    close: async () => {
      close();
      await keyv?.disconnect();
    },
  };
}

function lockOf(kind: ReplicaSetting['lock'], client: RedisClient): TokenLock {
  if (kind === 'failing') return { acquire: () => Promise.reject(new Error('There is no lock')) };
  if (kind === 'generous') {
    return { acquire: () => Promise.resolve({ release: () => Promise.resolve() }) };
  }
  return new RedisTokenLock(client);
}

async function ioredis(url: string) {
  const client = new Redis(url, { lazyConnect: true });
  client.on('error', () => undefined);
  await client.connect();
  return { client, close: () => client.disconnect() };
}

async function nodeRedis(url: string) {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  return { client, close: () => client.destroy() };
}
