import { createClient } from 'redis';
import { CountingTokenEndpoint } from './support/counting-token-endpoint.js';
import { eventually } from './support/eventually.js';
import { RedisServer } from './support/redis-server.js';
import { ReplicaProcess } from './support/replica-process.js';
import { clientsOf, replicas } from './support/settings.js';

/** Less than the five seconds after which the lock would be free by itself. */
const LIMIT_MS = 3_000;

describe.each(['ioredis', 'node-redis'] as const)('A lock, over %s', (over) => {
  let redis: RedisServer;
  let endpoint: CountingTokenEndpoint;
  let observer: ReturnType<typeof createClient>;

  beforeEach(async () => {
    redis = await RedisServer.start();
    endpoint = await CountingTokenEndpoint.start();
    observer = createClient({ url: redis.url });
    observer.on('error', () => undefined);
    await observer.connect();
  });
  afterEach(async () => {
    await ReplicaProcess.stopAll();
    observer.destroy();
    await endpoint.stop();
    await redis.stop();
  });

  test('is given back although Redis did not answer meanwhile, so that nobody waits for its end', async () => {
    const options = { tokenEndpoint: endpoint.url, clients: clientsOf(['held', 'other']) };
    const [replica] = await ReplicaProcess.start(...replicas(1, redis.url, options, { over }));
    const locks = () => observer.keys('nestjs-access-tokens:lock:*');
    let answer = () => {};
    endpoint.before = new Promise<void>((resolve) => (answer = resolve));
    const call = replica?.tell('call', { clients: ['held'], times: 1 });
    await eventually('the lock is taken', async () => endpoint.count === 1);
    expect(await locks()).toHaveLength(1);
    redis.pause();
    const other = replica?.tell('call', { clients: ['other'], times: 1 });
    await eventually('the other goes on without a lock', async () => endpoint.count === 2);
    answer();
    for (const made of [await call, await other]) expect(made?.failures).toEqual({});
    redis.resume();
    await eventually('it is free', async () => (await locks()).length === 0, LIMIT_MS);
  });
});
