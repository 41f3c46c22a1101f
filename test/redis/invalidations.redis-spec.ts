import type { Revocation } from 'nestjs-access-tokens';
import type { AuthorizationServer } from '../support/authorization-server.js';
import { CountingTokenEndpoint } from './support/counting-token-endpoint.js';
import { eventually } from './support/eventually.js';
import { RedisServer } from './support/redis-server.js';
import { ReplicaProcess } from './support/replica-process.js';
import { clientsOf, replicas, WAYS } from './support/settings.js';
import { rotatingServer, startWithExpired, userOptions } from './support/signed-in.js';

const PROCESSES = 4;
/** What is promised. */
const PROMISED_MS = 1_000;
/** Here many others may work on the same processors. */
const LIMIT_MS = 2_000;
const PLAN = { clients: ['api', 'other'], times: 10 };

describe('Tokens that one of four replicas invalidates', () => {
  let redis: RedisServer;
  let endpoint: CountingTokenEndpoint;

  beforeEach(async () => {
    redis = await RedisServer.start();
    endpoint = await CountingTokenEndpoint.start();
  });
  afterEach(async () => {
    await ReplicaProcess.stopAll();
    await endpoint.stop();
    await redis.stop();
  });

  async function startWithTokens(over: (typeof WAYS)[number]): Promise<ReplicaProcess[]> {
    const options = { tokenEndpoint: endpoint.url, clients: clientsOf(PLAN.clients) };
    const all = await ReplicaProcess.start(...replicas(PROCESSES, redis.url, options, { over }));
    // In this order, so that it is known which is which.
    for (const client of PLAN.clients) await all[0]?.tell('call', { clients: [client], times: 1 });
    expect(await tokensIn(all)).toEqual(['token-1', 'token-2']);
    return all;
  }

  async function tokensIn(all: readonly ReplicaProcess[]): Promise<string[]> {
    const results = await Promise.all(all.map((replica) => replica.tell('call', PLAN)));
    for (const { failures } of results) expect(failures).toEqual({});
    const tokens = results.flatMap(({ servedAt }) => Object.keys(servedAt));
    return [...new Set(tokens)].toSorted();
  }

  const statesOf = (all: readonly ReplicaProcess[], client: string) =>
    Promise.all(all.map((replica) => replica.tell('stateOf', client)));

  const forgotten = (all: readonly ReplicaProcess[]) => async () =>
    (await statesOf(all, 'api')).every((state) => state === 'none');

  const fresh = Array<string>(PROCESSES).fill('fresh');

  test.each(WAYS)('are forgotten by all within a second, and no others: over %s', async (over) => {
    const all = await startWithTokens(over);
    const known: number[] = [];
    // Each of them has told and has been told.
    for (const [index, replica] of all.entries()) {
      await replica.tell('invalidate', 'api');
      const ms = await eventually('all know', forgotten(all), LIMIT_MS);
      known.push(ms);
      console.info(`${over}: all four knew ${Math.round(ms)} ms after the invalidation`);
      expect(await statesOf(all, 'other')).toEqual(fresh);
      expect(await tokensIn(all)).toEqual(['token-2', `token-${index + 3}`]);
    }
    expect(endpoint.count).toBe(2 + PROCESSES);
    // Most of the time, as others may work on the same processors.
    const [, , third] = known.toSorted((a, b) => a - b);
    expect(third).toBeLessThan(PROMISED_MS);

    const before = await tokensIn(all);
    await redis.stop();
    await all[0]?.tell('invalidate', 'api');
    expect(await statesOf(all, 'api')).toEqual(['none', ...fresh.slice(1)]);
    await redis.startAgain();
    const ms = await eventually('all know', forgotten(all));
    console.info(`${over}: all four knew ${Math.round(ms)} ms after the start of Redis`);
    const after = await tokensIn(all);
    expect(after.filter((token) => before.includes(token))).toEqual(['token-2']);
    // Until a replica uses Redis again it has a token of its own, and keeps it until it is invalidated or ends.
    const share = async () => (await tokensIn(all)).length === 2;
    await eventually('all share again', async () => {
      await all[1]?.tell('invalidate', 'api');
      return eventually('all share', share, LIMIT_MS).then(Boolean, () => false);
    });
  });
});

describe('The tokens of a user whom one of four replicas signs out', () => {
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

  test('are gone for all at once', async () => {
    const settings = replicas(PROCESSES, redis.url, userOptions(server), { over: 'keyv' });
    const all = await startWithExpired('alice', server, settings);
    const plan = { clients: ['api'], times: 3, user: 'alice' };
    for (const replica of all) expect((await replica.tell('call', plan)).failures).toEqual({});
    const revocation: Revocation | undefined = await all[0]?.tell('revoke', 'alice');
    expect(revocation).toMatchObject({ refreshToken: 'revoked' });
    for (const replica of all) {
      const { failures } = await replica.tell('call', plan);
      expect(failures).toEqual({ reauthentication_required: 3 });
    }
    expect(server.requests.token).toBe(1);
  });
});
