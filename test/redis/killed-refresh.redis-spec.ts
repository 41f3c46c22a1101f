import type { Socket } from 'node:net';
import type { AuthorizationServer, Interceptor } from '../support/authorization-server.js';
import { eventually } from './support/eventually.js';
import { RedisServer } from './support/redis-server.js';
import { ReplicaProcess } from './support/replica-process.js';
import { replicas } from './support/settings.js';
import {
  lastRefreshToken,
  rotatingServer,
  startWithExpired,
  userOptions,
} from './support/signed-in.js';

const CALLS = 50;
const PLAN = { clients: ['api'], times: CALLS, user: 'alice' };
/** The others wait for whoever refreshes for so long, and five seconds. */
const TIMEOUT_MS = 1_500;

describe('Of four replicas, one is killed in the middle of the refresh of a user', () => {
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

  /** Lets one refresh, kills it when its request is where `hold` holds it, and lets the others call meanwhile. */
  async function killOne(hold: (arrived: () => void) => Interceptor) {
    const settings = replicas(4, redis.url, userOptions(server, { timeoutMs: TIMEOUT_MS }));
    const [victim, ...others] = await startWithExpired('alice', server, settings);
    let held = false;
    server.intercept = hold(() => (held = true));
    const lost = victim?.tell('call', { ...PLAN, times: 1 }).catch(String);
    await eventually('the refresh is under way', async () => held);
    const calls = Promise.all(others.map((replica) => replica.tell('call', PLAN)));
    await victim?.kill();
    expect(await lost).toContain('SIGKILL');
    return { others, results: await calls };
  }

  test('before the server has seen it: one more refresh, no failed call, and the grant lives', async () => {
    const { results } = await killOne((arrived) => async (kind, request) => {
      if (kind !== 'token') return false;
      server.intercept = undefined;
      arrived();
      await closed(request.socket);
      // It went down with its connection.
      return true;
    });
    for (const { count, failures } of results) {
      expect({ count, failures }).toEqual({ count: CALLS, failures: {} });
    }
    expect(new Set(results.flatMap(({ servedAt }) => Object.keys(servedAt))).size).toBe(1);
    expect(server.requests.token).toBe(2);
    expect(server.tokenExchanges.map(({ status }) => status)).toEqual([200]);
    expect([server.refreshTokenReuses, server.revokedGrants]).toEqual([0, 0]);
    expect(await server.isAlive(lastRefreshToken(server))).toBe(true);
    console.info(
      `After the end of the other, the last was served in ${Math.round(Math.max(...results.map(({ worstMs }) => worstMs)))} ms, with a timeout of ${TIMEOUT_MS} ms`,
    );
  });

  test('after the server has taken the refresh token: the user has to sign in again, and nothing loops', async () => {
    const { others, results } = await killOne((arrived) => (kind, _request, response) => {
      if (kind !== 'token') return;
      server.intercept = undefined;
      // All is done by now, but for telling.
      response.end = () => {
        arrived();
        return response;
      };
    });
    const refused = { reauthentication_required: CALLS };
    for (const { failures } of results) expect(failures).toEqual(refused);
    expect(server.requests.token).toBe(2);
    expect(server.refreshTokenReuses).toBe(1);
    for (const replica of others) {
      expect((await replica.tell('call', PLAN)).failures).toEqual(refused);
    }
    expect(server.requests.token).toBe(2);
  });
});

async function closed(socket: Socket): Promise<void> {
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
}
