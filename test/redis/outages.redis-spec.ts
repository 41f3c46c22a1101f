import type { Calls } from './replica/replica.orders.js';
import { CountingTokenEndpoint } from './support/counting-token-endpoint.js';
import { eventually } from './support/eventually.js';
import { RedisServer } from './support/redis-server.js';
import { ReplicaProcess } from './support/replica-process.js';
import { clientsOf, replicas } from './support/settings.js';
import { SlowProxy } from './support/slow-proxy.js';

/** More than the 250 ms that an answer of Redis may take. */
const SLOW_MS = 600;
/** Twice 250 ms, for the cache and for the lock, are what an outage costs a call. Here others use the processors too. */
const LIMIT_MS = 3_000;
/** Enough that tokens end and are looked for meanwhile. */
const CALLS = 500;
const OF_REDIS = ['token_cache', 'token_lock'] as const;

describe('Redis fails while replicas work at full speed', () => {
  let redis: RedisServer;
  let proxy: SlowProxy;
  let endpoint: CountingTokenEndpoint;
  let all: ReplicaProcess[];
  /** How many there have been. */
  let outages = 0;

  beforeAll(async () => {
    redis = await RedisServer.start();
    proxy = await SlowProxy.start(redis.port);
    // Short lives, so that there is always something to be shared.
    endpoint = await CountingTokenEndpoint.start({ expiresInSeconds: 2 });
    const options = { tokenEndpoint: endpoint.url, clients: clientsOf(['api']) };
    all = await ReplicaProcess.start(
      ...replicas(2, proxy.url, options, { over: 'ioredis' }),
      ...replicas(2, proxy.url, options, { over: 'node-redis' }),
    );
  });
  afterAll(async () => {
    await ReplicaProcess.stopAll();
    await proxy.stop();
    await redis.stop();
    await endpoint.stop();
  });

  /** Until each has made more calls. */
  async function work(): Promise<void> {
    for (const replica of all) {
      const before = await replica.tell('progress');
      await eventually(
        'more calls are made',
        async () => (await replica.tell('progress')) > before + CALLS,
      );
    }
  }

  /** Until each has said so once more; that nothing is said too often is seen in the end. */
  async function told(what: 'unavailable' | 'recovered'): Promise<number> {
    if (what === 'unavailable') outages += 1;
    return eventually(`${what} is told`, async () => {
      const counts = all.flatMap((replica) => OF_REDIS.map((of) => replica.count(`${of}_${what}`)));
      return (await Promise.all(counts)).every((count) => count >= outages);
    });
  }

  async function underLoad(fail: () => Promise<void>): Promise<Calls[]> {
    const plan = { client: 'api', coldEvery: 20 };
    for (const replica of all) await replica.tell('startLoad', plan);
    await work();
    await fail();
    await work();
    return Promise.all(all.map((replica) => replica.tell('stopLoad')));
  }

  async function expectToldOnceEach(): Promise<void> {
    for (const replica of all) {
      const lines = (await replica.tell('lines')).map((line) => String(line.split(':')[0]));
      const one = (of: string) => [`log ${of}_recovered`, `warn ${of}_unavailable`];
      const each = OF_REDIS.flatMap(one).flatMap((code) => Array<string>(outages).fill(code));
      expect(lines.toSorted()).toEqual(each.toSorted());
    }
  }

  const OUTAGES: [string, begin: () => unknown, end: () => unknown][] = [
    ['stopped, and started again, empty', () => redis.stop(), () => redis.startAgain()],
    ['paused', () => redis.pause(), () => redis.resume()],
    ['slow', () => (proxy.delayMs = SLOW_MS), () => (proxy.delayMs = 0)],
  ];

  test.each(OUTAGES)(
    '%s: no call fails, nor takes long; both ends are said, and it is used again',
    async (name, begin, end) => {
      let backMs = 0;
      const results = await underLoad(async () => {
        await begin();
        await told('unavailable');
        await work();
        await end();
        backMs = await told('recovered');
      });
      for (const { failures } of results) expect(failures).toEqual({});
      await expectToldOnceEach();
      const worstMs = Math.max(...results.map(({ worstMs: each }) => each));
      const count = results.reduce((sum, { count: each }) => sum + each, 0);
      console.info(
        `${name}: the slowest of ${count} calls took ${Math.round(worstMs)} ms; all use Redis again after ${Math.round(backMs)} ms`,
      );
      expect(worstMs).toBeLessThan(LIMIT_MS);
    },
  );

  test('again and again: it is said each time', async () => {
    const results = await underLoad(async () => {
      for (let times = 0; times < 2; times += 1) {
        await redis.kill();
        await told('unavailable');
        await redis.startAgain();
        await told('recovered');
      }
    });
    for (const { failures } of results) expect(failures).toEqual({});
    await expectToldOnceEach();
  });
});
