import { Redis } from 'ioredis';
import { RedisReplayStore, type RedisClient } from 'nestjs-access-tokens';
import { createClient } from 'redis';
import { CLIENTS } from './support/clients.js';
import { RedisServer } from './support/redis-server.js';

describe.each(CLIENTS)('Replays in Redis, over %s', (_name, connect) => {
  let server: RedisServer;
  let observer: ReturnType<typeof createClient>;

  beforeEach(async () => {
    server = await RedisServer.start();
    observer = createClient({ url: server.url });
    observer.on('error', () => undefined);
    await observer.connect();
  });
  afterEach(async () => {
    observer.destroy();
    await server.stop();
  });

  test('of 100 at once over two connections, one is the first; another key is another matter', async () => {
    const [one, other] = [await connect(server.url), await connect(server.url)];
    const stores = [new RedisReplayStore(one.client), new RedisReplayStore(other.client)];
    const answers = await Promise.all(
      stores.flatMap((store) =>
        Array.from({ length: 50 }, () => store.putIfAbsent('proof', 60_000)),
      ),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(answers.filter((answer) => !answer)).toHaveLength(99);
    expect(await stores[0]?.putIfAbsent('another', 60_000)).toBe(true);
    one.close();
    other.close();
  });

  test('it is remembered under the prefix until its time is over', async () => {
    const { client, close } = await connect(server.url);
    expect(await new RedisReplayStore(client).putIfAbsent('proof', 60_000)).toBe(true);
    const mine = new RedisReplayStore(client, { keyPrefix: 'mine:' });
    expect(await mine.putIfAbsent('proof', 60_000)).toBe(true);
    expect((await observer.keys('*')).toSorted()).toEqual([
      'mine:proof',
      'nestjs-access-tokens:replay:proof',
    ]);
    expect(await observer.pTTL('mine:proof')).toBeGreaterThan(0);
    await observer.pExpireAt('mine:proof', 1);
    expect(await mine.putIfAbsent('proof', 60_000)).toBe(true);
    close();
  });

  test('where Redis cannot tell, it rejects', async () => {
    const { client, close } = await connect(server.url);
    const store = new RedisReplayStore(client);
    await expect(store.putIfAbsent('proof', Number.NaN)).rejects.toThrow(/integer/);
    // Full, and told to forget nothing: it refuses to write.
    await observer.configSet({ maxmemory: '1', 'maxmemory-policy': 'noeviction' });
    await expect(store.putIfAbsent('proof', 60_000)).rejects.toThrow(/OOM/);
    await server.stop();
    await expect(store.putIfAbsent('proof', 60_000)).rejects.toThrow('');
    close();
  });
});

describe('Replays, over a client that keeps commands while it is not connected', () => {
  const NOBODY = 'redis://127.0.0.1:1';
  const clients: [string, () => { client: RedisClient; close: () => void }][] = [
    [
      'ioredis',
      () => {
        const client = new Redis(NOBODY, { maxRetriesPerRequest: null });
        client.on('error', () => undefined);
        return { client, close: () => client.disconnect() };
      },
    ],
    [
      'node-redis',
      () => {
        const client = createClient({ url: NOBODY });
        client.on('error', () => undefined);
        void client.connect().catch(() => undefined);
        return { client, close: () => client.destroy() };
      },
    ],
  ];

  test.each(clients)('%s: it rejects, and does not wait for Redis', async (_name, create) => {
    const { client, close } = create();
    await expect(new RedisReplayStore(client).putIfAbsent('proof', 60_000)).rejects.toThrow(
      'gave no answer within 1000 ms',
    );
    close();
  });
});
