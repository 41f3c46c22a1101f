import { Redis } from 'ioredis';
import type { RedisClient } from 'nestjs-access-tokens';
import { createClient } from 'redis';

/** A client that is connected, and how to close it. */
export interface TestClient {
  readonly client: RedisClient;
  close(): void;
}

/** Both packages, for `describe.each`. With a server that is gone, a call fails at once and nothing is tried again. */
export const CLIENTS: readonly [name: string, connect: (url: string) => Promise<TestClient>][] = [
  ['ioredis', connectIoredis],
  ['node-redis', connectNodeRedis],
];

async function connectIoredis(url: string): Promise<TestClient> {
  const client = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: null,
  });
  client.on('error', () => undefined);
  await client.connect();
  return {
    client,
    // One that is at its end already would set a timer.
    close: () => client.status !== 'end' && client.disconnect(),
  };
}

async function connectNodeRedis(url: string): Promise<TestClient> {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { reconnectStrategy: false },
  });
  client.on('error', () => undefined);
  await client.connect();
  return { client, close: () => client.isOpen && client.destroy() };
}
