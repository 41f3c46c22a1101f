import KeyvRedis from '@keyv/redis';
import { Cluster, Redis } from 'ioredis';
import { Keyv } from 'keyv';
import { RedisStore, type KeyvLike, type RedisClient } from 'nestjs-access-tokens';
import { createClient, createClientPool, createCluster, createSentinel, RESP_TYPES } from 'redis';
import { RedisServer } from './support/redis-server.js';

const NOBODY = { host: '127.0.0.1', port: 1 };

const method = () => 'OK';

describe('Clients of Redis', () => {
  // That this compiles is half of the test: nobody needs a cast.
  const real: [name: string, client: RedisClient][] = [
    ['Redis of ioredis', new Redis({ ...NOBODY, lazyConnect: true })],
    ['Cluster of ioredis', new Cluster([NOBODY], { lazyConnect: true })],
    ['createClient() of redis', createClient()],
    ['createClient() with RESP 2', createClient({ RESP: 2 })],
    ['createClientPool() of redis', createClientPool()],
    ['createCluster() of redis', createCluster({ rootNodes: [{ socket: NOBODY }] })],
    ['createSentinel() of redis', createSentinel({ name: 'main', sentinelRootNodes: [NOBODY] })],
  ];

  test.each(real)('%s is one', (_name, client) => {
    expect(new RedisStore(client)).toBeInstanceOf(RedisStore);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a URL', 'redis://127.0.0.1'],
    ['a Map', new Map()],
    ['a Keyv', new Keyv()],
    ['half an ioredis', { defineCommand: method, get: method, set: method, del: method }],
    ['half a node-redis', { get: method, set: method, del: method, eval: method }],
  ])('%s is none, and the error says what is wanted', (_name, client) => {
    const make = () => new RedisStore(client as unknown as RedisClient);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(/createClient\(\) or createCluster\(\) of the package 'redis'/);
  });

  test('Keyv is what it is said to be, over memory and over Redis', async () => {
    const server = await RedisServer.start();
    const adapter = new KeyvRedis(server.url);
    const stores: KeyvLike[] = [new Keyv(), new Keyv({ store: adapter })];
    for (const store of stores) {
      await store.set('key', { v: 1 }, 60_000);
      expect(await store.get('key')).toEqual({ v: 1 });
      expect(await store.getMany?.(['none', 'key'])).toEqual([undefined, { v: 1 }]);
    }
    await adapter.disconnect();
    await server.stop();
  });

  test('clients that answer with bytes are understood', async () => {
    const server = await RedisServer.start();
    const client = await createClient({
      url: server.url,
      commandOptions: {
        typeMapping: {
          [RESP_TYPES.BLOB_STRING]: Buffer,
          [RESP_TYPES.SIMPLE_STRING]: Buffer,
          [RESP_TYPES.NUMBER]: String,
        },
      },
    }).connect();
    const store = new RedisStore(client);
    expect(await store.replace('key', undefined, 'ü', 60_000)).toBe(true);
    expect(await store.get('key')).toBe('ü');
    await client.set('key', 'not JSON');
    expect(await store.replace('key', undefined, 'ü', 60_000)).toBe(true);
    expect(await store.delete('key')).toBe(true);
    client.destroy();
    await server.stop();
  });
});
