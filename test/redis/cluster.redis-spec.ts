import { Cluster } from 'ioredis';
import {
  RedisReplayStore,
  RedisStore,
  RedisTokenLock,
  type RedisClient,
} from 'nestjs-access-tokens';
import { createCluster } from 'redis';
import { RedisCluster } from './support/redis-cluster.js';

const KEYS = Array.from({ length: 20 }, (_, index) => `key ${index}`);

describe('A cluster of Redis', () => {
  let cluster: RedisCluster;
  let overIoredis: Cluster;
  let overNodeRedis: ReturnType<typeof createCluster>;

  beforeAll(async () => {
    cluster = await RedisCluster.start();
    const nodes = cluster.ports.map((port) => ({ host: '127.0.0.1', port }));
    overIoredis = new Cluster(nodes, { lazyConnect: true });
    await overIoredis.connect();
    overNodeRedis = createCluster({ rootNodes: nodes.map((socket) => ({ socket })) });
    overNodeRedis.on('error', () => undefined);
    await overNodeRedis.connect();
  });
  afterAll(async () => {
    overIoredis.disconnect();
    overNodeRedis.destroy();
    await cluster.stop();
  });

  const clients: [name: string, client: () => RedisClient][] = [
    ['ioredis', () => overIoredis],
    ['node-redis', () => overNodeRedis],
  ];

  test.each(clients)('keeps values on all of its servers, over %s', async (name, client) => {
    const store = new RedisStore(client(), { keyPrefix: `${name}:` });
    await Promise.all(KEYS.map((key, index) => store.set(key, index)));
    expect(await store.getMany(KEYS)).toEqual(KEYS.map((_, index) => index));
    expect(
      await Promise.all(KEYS.map((key, index) => store.replace(key, index, 'new', 60_000))),
    ).toEqual(KEYS.map(() => true));
    expect(await store.getMany(KEYS)).toEqual(KEYS.map(() => 'new'));
    expect(await Promise.all(KEYS.map((key) => store.delete(key)))).toEqual(KEYS.map(() => true));
    const sizes = await Promise.all(overIoredis.nodes('master').map((node) => node.dbsize()));
    expect(sizes).toEqual([0, 0]);
  });

  test('is read with what the application sends by itself at the same moment', async () => {
    const options = { enableAutoPipelining: true, lazyConnect: true };
    const nodes = cluster.ports.map((port) => ({ host: '127.0.0.1', port }));
    const together = new Cluster(nodes, options);
    try {
      await together.connect();
      await together.set('own', 'value');
      const store = new RedisStore(together, { keyPrefix: 'together:' });
      const read = [store.getMany(KEYS), together.get('own')];
      expect(await Promise.all(read)).toEqual([KEYS.map(() => undefined), 'value']);
      await together.del('own');
    } finally {
      together.disconnect();
    }
  });

  test.each(clients)('locks and remembers on all of its servers, over %s', async (name, client) => {
    const lock = new RedisTokenLock(client(), { keyPrefix: `${name}:lock:` });
    const replays = new RedisReplayStore(client(), { keyPrefix: `${name}:replay:` });
    for (const key of KEYS) {
      const lease = await lock.acquire(key, 60_000);
      expect(await lock.acquire(key, 60_000)).toBeUndefined();
      await lease?.release();
      expect(await lock.acquire(key, 60_000)).toBeDefined();
      expect(await replays.putIfAbsent(key, 60_000)).toBe(true);
      expect(await replays.putIfAbsent(key, 60_000)).toBe(false);
    }
    const nodes = overIoredis.nodes('master');
    const sizes = await Promise.all(nodes.map((node) => node.dbsize()));
    expect(sizes.every((size) => size > 0)).toBe(true);
    await Promise.all(nodes.map((node) => node.flushall()));
  });
});
