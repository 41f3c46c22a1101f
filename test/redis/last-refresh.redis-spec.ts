import { setTimeout as sleep } from 'node:timers/promises';
import { runAs, UserTokenService, type RedisClient } from 'nestjs-access-tokens';
import { MemoryLogger } from '../support/memory-logger.js';
import { CountingTokenEndpoint } from './support/counting-token-endpoint.js';
import { eventually } from './support/eventually.js';
import { startReadmeApplication } from './support/readme-application.js';
import { README_CLIENTS } from './support/readme-redis.js';
import { RedisServer } from './support/redis-server.js';

/** Enough for all that does not wait for the refresh to be over before it. */
const HEAD_START_MS = 500;

describe.each(README_CLIENTS)(
  'An application that ends, with what the README has for %s',
  (name) => {
    let redis: RedisServer;
    let endpoint: CountingTokenEndpoint;
    let logs: MemoryLogger;

    beforeEach(async () => {
      redis = await RedisServer.start();
      endpoint = await CountingTokenEndpoint.start();
      logs = new MemoryLogger();
    });
    afterEach(async () => {
      delete process.env['REDIS_URL'];
      await endpoint.stop();
      await redis.stop();
    });

    const start = () => startReadmeApplication(name, redis.url, endpoint.url, logs);

    test('stores the refresh under way, and then closes its connection', async () => {
      const { app, client } = await start();
      const users = app.get(UserTokenService);
      const old = { accessToken: 'old', refreshToken: 'refresh-of-alice', expiresInSeconds: 3600 };
      await users.store(old, 'alice');
      let answer = (): void => undefined;
      endpoint.before = new Promise((resolve) => (answer = () => resolve(undefined)));
      const call = runAs('alice', () => users.getToken('api', { force: true }));
      const settled = Promise.allSettled([call]);
      await eventually('the refresh is under way', async () => endpoint.count === 1);
      const closing = app.close();
      await sleep(HEAD_START_MS);
      answer();
      await closing;
      await settled;
      await eventually('the connection is closed', async () => !isOpen(client));

      const next = await start();
      const token = await runAs('alice', () => next.app.get(UserTokenService).getToken('api'));
      expect(token.accessToken).toBe('token-1');
      await next.app.close();
      expect(logs.lines.filter((line) => !line.startsWith('log '))).toEqual([]);
    });
  },
);

function isOpen(client: RedisClient): boolean {
  const status: unknown = Reflect.get(client, 'status');
  return status === undefined ? Boolean(Reflect.get(client, 'isOpen')) : status !== 'end';
}
