import type { Resources } from './replica/replica.orders.js';
import { CountingTokenEndpoint } from './support/counting-token-endpoint.js';
import { eventually } from './support/eventually.js';
import { RedisServer } from './support/redis-server.js';
import { ReplicaProcess } from './support/replica-process.js';
import { clientsOf, replicas } from './support/settings.js';

const SOAK_MS = 60_000;
const WARM_UP_MS = 8_000;
const TEST_MS = 3 * SOAK_MS;
const PROCESSES = 4;
const LIFE_MS = 5_000;
/** Calls renew a token in the last fifth of its life, less up to a tenth of that. */
const RENEWED_AFTER_MS = LIFE_MS * 0.8;
/** Each replica may have to ask for itself, while Redis is gone and when it is back and empty. */
const PER_RESTART = 2 * PROCESSES;
/** Much less than a call could leave behind: there are millions of them. */
const GROWTH_BYTES = 4_000_000;

describe('Four replicas at full speed for a minute', () => {
  let redis: RedisServer;
  let endpoint: CountingTokenEndpoint;

  beforeEach(async () => {
    redis = await RedisServer.start();
    endpoint = await CountingTokenEndpoint.start({ expiresInSeconds: LIFE_MS / 1000 });
  });
  afterEach(async () => {
    await ReplicaProcess.stopAll();
    await endpoint.stop();
    await redis.stop();
  });

  test(
    'with tokens that live five seconds, and a Redis that restarts twice, lose no call and keep nothing',
    async () => {
      const options = { tokenEndpoint: endpoint.url, clients: clientsOf(['api']) };
      const all = await ReplicaProcess.start(
        ...replicas(PROCESSES / 2, redis.url, options, { over: 'ioredis' }),
        ...replicas(PROCESSES / 2, redis.url, options, { over: 'node-redis' }),
      );
      const resources = () => Promise.all(all.map((replica) => replica.tell('resources')));
      const load = async (forMs: number, meanwhile: (passed: Passed) => Promise<void>) => {
        const begun = performance.now();
        const passed: Passed = (ms) =>
          eventually('time has passed', async () => performance.now() - begun > ms, SOAK_MS);
        for (const replica of all) await replica.tell('startLoad', { client: 'api' });
        await meanwhile(passed);
        await passed(forMs);
        const results = await Promise.all(all.map((replica) => replica.tell('stopLoad')));
        for (const { failures } of results) expect(failures).toEqual({});
        return results.reduce((sum, { count }) => sum + count, 0);
      };
      await load(WARM_UP_MS, async () => undefined);
      const before = await resources();
      const asked = endpoint.count;
      const begun = performance.now();
      const count = await load(SOAK_MS, async (passed) => {
        for (const restartAt of [SOAK_MS / 3, (2 * SOAK_MS) / 3]) {
          await passed(restartAt);
          await redis.stop();
          await redis.startAgain();
        }
      });
      const [tookMs, requests] = [performance.now() - begun, endpoint.count - asked];
      const after = await resources();
      const growth = after.map(({ heapBytes }, index) => heapBytes - heapOf(before, index));
      console.info(
        `${count} calls in ${Math.round(tookMs)} ms took ${requests} token requests; heaps have grown by ${growth.map((bytes) => Math.round(bytes / 1000)).join(', ')} kB, to ${after.map(({ heapBytes }) => Math.round(heapBytes / 1000)).join(', ')} kB`,
      );
      expect(requests).toBeGreaterThanOrEqual(Math.floor(tookMs / LIFE_MS));
      expect(requests).toBeLessThanOrEqual(Math.ceil(tookMs / RENEWED_AFTER_MS) + 2 * PER_RESTART);
      expect(Math.max(...growth)).toBeLessThan(GROWTH_BYTES);
      // Connections that are kept for the next token request are closed after a while.
      await eventually('no more handles are held than before', async () =>
        (await resources()).every(
          ({ active }, index) => handlesIn({ active }) <= handlesIn(before[index]),
        ),
      );
    },
    TEST_MS,
  );
});

type Passed = (ms: number) => Promise<unknown>;

function heapOf(resources: readonly Resources[], index: number): number {
  return resources[index]?.heapBytes ?? Number.NaN;
}

function handlesIn(resources: Pick<Resources, 'active'> | undefined): number {
  return Object.values(resources?.active ?? {}).reduce((sum, each) => sum + each, 0);
}
