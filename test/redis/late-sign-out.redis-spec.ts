import { setImmediate as turn } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { KeyvUserTokenStore, RedisStore, type UserTokenRecord } from 'nestjs-access-tokens';
import { rejection } from '../support/secrets.js';
import { eventually } from './support/eventually.js';
import { RedisServer } from './support/redis-server.js';
import { SlowProxy } from './support/slow-proxy.js';

const record = (version: string): UserTokenRecord => ({
  version,
  issuer: undefined,
  subject: undefined,
  refreshToken: `refresh-${version}`,
  idToken: undefined,
  accessTokens: {},
  ended: false,
});

/** Over a client that keeps commands while it is not connected, as ioredis does by itself. */
describe('A sign-out that failed as Redis was away', () => {
  let redis: RedisServer;
  let proxy: SlowProxy;
  let client: Redis;
  let observer: Redis;

  beforeEach(async () => {
    redis = await RedisServer.start();
    proxy = await SlowProxy.start(redis.port);
    client = new Redis(proxy.url);
    observer = new Redis(redis.url);
    for (const each of [client, observer]) each.on('error', () => undefined);
    await client.ping();
  });
  afterEach(async () => {
    client.disconnect();
    observer.disconnect();
    await proxy.stop();
    await redis.stop();
  });

  test('does not end what the user has signed in with since, when Redis is back', async () => {
    const here = new KeyvUserTokenStore(new RedisStore(client));
    const elsewhere = new KeyvUserTokenStore(new RedisStore(observer));
    expect(await here.set('alice', record('1'))).toBe(true);
    await proxy.refuseConnections();
    expect(await rejection(here.delete('alice'))).toBeInstanceOf(Error);
    expect(await elsewhere.set('alice', record('2'), '1')).toBe(true);
    await proxy.acceptConnections();
    // Twice, as what it has kept may bring something more about.
    for (let times = 0; times < 2; times += 1) {
      await client.ping();
      await turn();
    }
    expect(await elsewhere.get('alice')).toMatchObject({ version: '2' });
    await here.delete('alice');
    expect(await elsewhere.get('alice')).toBeUndefined();
    await eventually('nothing is left of it', async () => (await observer.dbsize()) === 0);
  });
});
