import { runAs, UserTokenService, type RedisClient } from 'nestjs-access-tokens';
import { MemoryLogger } from '../support/memory-logger.js';
import { CountingTokenEndpoint } from './support/counting-token-endpoint.js';
import { eventually } from './support/eventually.js';
import { EndProbe, startApplication } from './support/application.js';
import { PACKAGES } from './support/installed-packages.js';
import { RedisServer } from './support/redis-server.js';

describe.each(PACKAGES)('An application that ends, with the option redis and %s', (name) => {
  let redis: RedisServer;
  let endpoint: CountingTokenEndpoint;
  let logs: MemoryLogger;

  beforeEach(async () => {
    redis = await RedisServer.start();
    endpoint = await CountingTokenEndpoint.start();
    logs = new MemoryLogger();
  });
  afterEach(async () => {
    await endpoint.stop();
    await redis.stop();
  });

  const start = () => startApplication(name, redis.url, endpoint.url, logs);

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
    const { ending } = app.get(EndProbe);
    const closing = app.close();
    await ending;
    // Of a connection that is closed with the first step of the end, this would be the end.
    expect(await client.get('nothing')).toBeNull();
    expect(isOpen(client)).toBe(true);
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
});

function isOpen(client: RedisClient): boolean {
  const status: unknown = Reflect.get(client, 'status');
  return status === undefined ? Boolean(Reflect.get(client, 'isOpen')) : status !== 'end';
}
