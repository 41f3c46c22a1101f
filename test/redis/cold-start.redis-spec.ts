import type { Calls } from './replica/replica.orders.js';
import { CountingTokenEndpoint } from './support/counting-token-endpoint.js';
import { RedisServer } from './support/redis-server.js';
import { ReplicaProcess } from './support/replica-process.js';
import { clientsOf, replicas, WAYS } from './support/settings.js';

const PROCESSES = 4;
const CALLS = 2_500;
/** How long after the answer of the token endpoint the last caller may be served. */
const LIMIT_MS = 250;
/** Of which the best counts: others may work on the same processors. */
const ROUNDS = 4;

describe.each(WAYS)('Four replicas that start at the same moment, over %s', (over) => {
  let redis: RedisServer;
  let endpoint: CountingTokenEndpoint;

  beforeEach(async () => {
    redis = await RedisServer.start();
    endpoint = await CountingTokenEndpoint.start({ delayMs: 300 });
  });
  afterEach(async () => {
    await ReplicaProcess.stopAll();
    await endpoint.stop();
    await redis.stop();
  });

  test('ask for one token once, and for a hundred once each, for 2,500 calls in each', async () => {
    const counts = Array.from({ length: ROUNDS }, () => [1, 100]).flat();
    const rounds = counts.map((count, round) =>
      Array.from({ length: count }, (_, index) => `client-${round}-${index}`),
    );
    const options = { tokenEndpoint: endpoint.url, clients: clientsOf(rounds.flat()) };
    const all = await ReplicaProcess.start(...replicas(PROCESSES, redis.url, options, { over }));
    const late: Record<number, number[]> = { 1: [], 100: [] };
    for (const names of rounds) late[names.length]?.push(await expectOneRequestEach(all, names));
    for (const [count, each] of Object.entries(late)) {
      console.info(
        `${over}, ${count} token(s): the last caller was served ${each.join(', ')} ms after the answer with its token`,
      );
      expect(Math.min(...each)).toBeLessThan(LIMIT_MS);
    }
    for (const replica of all) expect(await replica.tell('lines')).toEqual([]);
  });

  async function expectOneRequestEach(
    all: readonly ReplicaProcess[],
    clients: readonly string[],
  ): Promise<number> {
    const before = endpoint.count;
    const plan = { clients, times: CALLS / clients.length };
    const results = await Promise.all(all.map((replica) => replica.tell('call', plan)));
    expect(endpoint.count - before).toBe(clients.length);
    for (const { count, failures, servedAt } of results) {
      expect({ count, failures }).toEqual({ count: CALLS, failures: {} });
      expect(Object.keys(servedAt)).toHaveLength(clients.length);
    }
    return worstLateness(results, endpoint.answeredAt);
  }
});

/** How long after the answer of the token endpoint the last caller of a token got it, at most, in milliseconds. */
function worstLateness(results: readonly Calls[], answeredAt: ReadonlyMap<string, number>): number {
  const lateness = results.flatMap(({ servedAt }) =>
    Object.entries(servedAt).map(([token, at]) => at - (answeredAt.get(token) ?? Number.NaN)),
  );
  return Math.max(...lateness);
}
