import type { AuthorizationServer } from '../support/authorization-server.js';
import type { Calls, ReplicaSetting } from './replica/replica.orders.js';
import { RedisServer } from './support/redis-server.js';
import { ReplicaProcess } from './support/replica-process.js';
import { replicas, WAYS } from './support/settings.js';
import {
  lastRefreshToken,
  rotatingServer,
  startWithExpired,
  userOptions,
} from './support/signed-in.js';

const PROCESSES = 4;
const CALLS = 50;
const PLAN = { clients: ['api'], times: CALLS, user: 'alice' };

describe('One user whose token has ended, and 200 calls at once in four replicas', () => {
  let redis: RedisServer;
  let server: AuthorizationServer;

  beforeEach(async () => {
    redis = await RedisServer.start();
    server = await rotatingServer();
  });
  afterEach(async () => {
    await ReplicaProcess.stopAll();
    await server.stop();
    await redis.stop();
  });

  async function callInAll(how: Partial<ReplicaSetting>): Promise<Calls[]> {
    const settings = replicas(PROCESSES, redis.url, userOptions(server), how);
    const all = await startWithExpired('alice', server, settings);
    return Promise.all(all.map((replica) => replica.tell('call', PLAN)));
  }

  async function expectOneRefresh(results: readonly Calls[]): Promise<void> {
    for (const { count, failures } of results) {
      expect({ count, failures }).toEqual({ count: CALLS, failures: {} });
    }
    expect(new Set(results.flatMap(({ servedAt }) => Object.keys(servedAt))).size).toBe(1);
    expect(server.requests.token).toBe(1);
    expect(server.tokenExchanges.map(({ status }) => status)).toEqual([200]);
    expect([server.refreshTokenReuses, server.revokedGrants]).toEqual([0, 0]);
    expect(await server.isAlive(lastRefreshToken(server))).toBe(true);
  }

  test.each(WAYS)('are one refresh, and the grant lives: over %s', async (over) => {
    await expectOneRefresh(await callInAll({ over }));
  });

  // What remains is the note in the record, which only one can write.
  test('are one refresh without a lock that works', async () => {
    await expectOneRefresh(await callInAll({ lock: 'failing', over: 'node-redis' }));
  });

  test('are one refresh with a lock that everybody gets', async () => {
    await expectOneRefresh(await callInAll({ lock: 'generous' }));
  });
});
