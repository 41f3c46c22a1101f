import { Test } from '@nestjs/testing';
import { Redis } from 'ioredis';
import {
  ClientTokenService,
  ConfigurationError,
  MemoryUserTokenStore,
  runAs,
  TokenClientModule,
  UserTokenService,
  type TokenClientModuleOptions,
} from 'nestjs-access-tokens';
import { MemoryLogger } from '../support/memory-logger.js';
import { rejection } from '../support/secrets.js';
import { CLIENTS } from './support/clients.js';
import { CountingTokenEndpoint } from './support/counting-token-endpoint.js';
import { eventually } from './support/eventually.js';
import { installOnly } from './support/installed-packages.js';
import { RedisServer } from './support/redis-server.js';
import { keyOf } from './support/settings.js';

describe('The option redis', () => {
  let redis: RedisServer;
  let endpoint: CountingTokenEndpoint;
  let observer: Redis;
  let logs: MemoryLogger;

  beforeEach(async () => {
    redis = await RedisServer.start();
    endpoint = await CountingTokenEndpoint.start();
    observer = new Redis(redis.url);
    logs = new MemoryLogger();
  });
  afterEach(async () => {
    observer.disconnect();
    await endpoint.stop();
    await redis.stop();
  });

  const encryptionKeys = [keyOf('one')];
  async function start(own: TokenClientModuleOptions) {
    const baseURL = 'https://api.example.com';
    const options = {
      tokenEndpoint: endpoint.url,
      clientId: 'web',
      clientSecret: 'web-secret',
      clients: { api: { baseURL, token: 'user' as const }, own: { baseURL } },
      ...own,
    };
    const app = await Test.createTestingModule({ imports: [TokenClientModule.forRoot(options)] })
      .setLogger(logs)
      .compile();
    return app.init();
  }
  const faultsOf = async (own: object) => {
    const error = await rejection(start(own));
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).problems;
  };
  const connections = async () =>
    String(await observer.client('LIST'))
      .trim()
      .split('\n').length - 1;

  test('shares tokens of the application and of users, and takes locks, under one prefix', async () => {
    installOnly('ioredis');
    const replicas = [
      await start({ redis: redis.url, encryptionKeys }),
      await start({ redis: redis.url, encryptionKeys }),
    ];
    const [one, other] = replicas;
    const first = await one?.get(ClientTokenService).getToken('own');
    const second = await other?.get(ClientTokenService).getToken('own');
    expect([first?.accessToken, second?.accessToken]).toEqual(['token-1', 'token-1']);
    await one
      ?.get(UserTokenService)
      .store({ accessToken: 'of-alice', expiresInSeconds: 60 }, 'alice');
    const users = other?.get(UserTokenService);
    const user = await runAs('alice', async () => users?.getToken('api'));
    expect(user?.accessToken).toBe('of-alice');
    const keys = await observer.keys('*');
    expect(keys.length).toBeGreaterThan(1);
    expect(keys.filter((key) => !key.startsWith('nestjs-access-tokens:'))).toEqual([]);
    expect(await connections()).toBe(2);
    for (const replica of replicas) await replica.close();
    await eventually('their connections are closed', async () => (await connections()) === 0);
    expect(logs.lines.filter((line) => !line.startsWith('log '))).toEqual([]);
  });

  test.each(CLIENTS)('takes a client of %s, and leaves it open', async (_name, connect) => {
    const made = installOnly();
    const { client, close } = await connect(redis.url);
    const app = await start({ redis: client, redisKeyPrefix: 'web:', encryptionKeys });
    expect((await app.get(ClientTokenService).getToken('own')).accessToken).toBe('token-1');
    expect((await observer.keys('*')).every((key) => key.startsWith('web:'))).toBe(true);
    await app.close();
    expect(made).toEqual([]);
    expect(await client.get('nothing')).toBeNull();
    close();
  });

  test('gives way to a store that is given as well', async () => {
    installOnly('ioredis');
    const userTokenStore = new MemoryUserTokenStore();
    const app = await start({ redis: redis.url, userTokenStore, encryptionKeys });
    await app.get(UserTokenService).store({ accessToken: 'a', expiresInSeconds: 60 }, 'alice');
    expect(await observer.keys('*')).toEqual([]);
    await app.close();
  });

  test('is for whoever has it: undefined shares nothing', async () => {
    const made = installOnly('ioredis', 'redis');
    const app = await start({ redis: undefined });
    expect((await app.get(ClientTokenService).getToken('own')).accessToken).toBe('token-1');
    await app.close();
    expect(made).toEqual([]);
    expect(await observer.keys('*')).toEqual([]);
  });

  test('connects only once the options are right, and the application starts', async () => {
    const made = installOnly('ioredis');
    expect(await faultsOf({ redis: redis.url, clientSecret: '' })).toEqual([
      'clientSecret: empty. Give a value, or leave the option out.',
      "encryptionKeys: missing. Tokens leave the process with redis: give a key of 32 bytes as base64, or 'none' to let them leave as they are. Make one with: openssl rand -base64 32.",
    ]);
    expect(made).toHaveLength(1);
    expect(await connections()).toBe(0);
  });

  test('says what to install where there is no package', async () => {
    installOnly();
    const missing =
      'redis: a URL, and there is no package to connect with. Install ioredis (npm install ioredis) or redis (npm install redis), or give a client in place of the URL.';
    expect(await faultsOf({ redis: redis.url, encryptionKeys })).toEqual([missing]);
    // Together with all else that is wrong.
    expect(await faultsOf({ redis: redis.url, encryptionKeys: [] })).toEqual([
      missing,
      "encryptionKeys: empty. Give a key of 32 bytes as base64, or 'none'. Make one with: openssl rand -base64 32.",
    ]);
  });

  const NO_URL =
    'redis: not the URL of a Redis. Give one such as redis://localhost:6379, or rediss:// for TLS.';
  test.each([
    ['https://user:a-password@redis.example', NO_URL],
    ['localhost:6379', NO_URL],
    ['redis:', NO_URL],
    ['', 'redis: empty. Give a URL such as redis://localhost:6379, or leave the option out.'],
    [
      {},
      "redis: neither a URL nor a client. Give a URL such as redis://localhost:6379, a Redis or Cluster of the package 'ioredis', or what createClient() or createCluster() of the package 'redis' returns.",
    ],
  ])('refuses %j, and does not repeat it', async (value, fault) => {
    expect(await faultsOf({ redis: value, encryptionKeys })).toEqual([fault]);
  });

  test('refuses a prefix for no Redis', async () => {
    expect(await faultsOf({ redis: undefined, redisKeyPrefix: 'web:' })).toEqual([
      'redisKeyPrefix: goes with redis, which is missing. Give that as well; is the environment variable set?',
    ]);
  });

  test('tells once that Redis is away, and once that it is back', async () => {
    installOnly('ioredis');
    const app = await start({ redis: redis.url, encryptionKeys });
    const { host } = new URL(redis.url);
    const told = (what: string) => async () => logs.lines.some((line) => line.includes(what));
    await redis.stop();
    await eventually('it has said so', told('redis_unavailable'));
    await redis.startAgain();
    await eventually('it is back', told('redis_recovered'));
    await app.close();
    expect(logs.lines.filter((line) => line.includes('redis_'))).toEqual([
      expect.stringContaining(`redis_unavailable: Redis at ${host} cannot be used: `),
      expect.stringContaining(`redis_recovered: Redis at ${host} answers again.`),
    ]);
  });
});
