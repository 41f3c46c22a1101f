import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Redis } from 'ioredis';
import {
  KeyvUserTokenStore,
  RedisStore,
  runAs,
  TokenClientModule,
  UserTokenService,
  type RedisClient,
  type UserTokenStoreError,
} from 'nestjs-access-tokens';
import { createClient } from 'redis';
import { rejection } from '../support/secrets.js';
import { eventually } from './support/eventually.js';
import { RedisServer } from './support/redis-server.js';
import { keyOf } from './support/settings.js';

const AT_ONCE = 100;

interface FastClient {
  readonly client: RedisClient;
  /** How many commands wait for an answer or a connection; nothing where the client does not tell. */
  waiting(): number | undefined;
  close(): void;
}

/** With the settings that the README recommends. */
const CLIENTS: readonly [string, (url: string) => Promise<FastClient>][] = [
  [
    'ioredis',
    async (url) => {
      const client = new Redis(url, {
        lazyConnect: true,
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        commandTimeout: 1000,
        socketTimeout: 2000,
      });
      client.on('error', () => undefined);
      await client.connect().catch(() => undefined);
      const lengthOf = (queue: string) => Number(Reflect.get(Reflect.get(client, queue), 'length'));
      const waiting = () => lengthOf('commandQueue') + lengthOf('offlineQueue');
      return { client, waiting, close: () => client.disconnect() };
    },
  ],
  [
    'node-redis',
    async (url) => {
      const reconnectStrategy = (retries: number) => Math.min(50 * 2 ** retries, 2000);
      const client = createClient({
        url,
        disableOfflineQueue: true,
        pingInterval: 1000,
        socket: { socketTimeout: 2000, reconnectStrategy },
      });
      client.on('error', () => undefined);
      void client.connect().catch(() => undefined);
      await eventually('it has tried', async () => client.isOpen);
      return { client, waiting: () => undefined, close: () => client.destroy() };
    },
  ],
];

describe.each(CLIENTS)('A client that fails fast, over %s', (_name, connect) => {
  let redis: RedisServer;
  let fast: FastClient;
  let users: UserTokenService;
  let close: () => Promise<void>;

  async function start(): Promise<void> {
    fast = await connect(redis.url);
    const app = await Test.createTestingModule({
      imports: [
        TokenClientModule.forRoot({
          issuer: 'https://id.example.com',
          clientId: 'web',
          clientSecret: 'web-secret',
          userTokenStore: new KeyvUserTokenStore(new RedisStore(fast.client)),
          encryptionKeys: [keyOf('one')],
          clients: { api: { baseURL: 'https://api.example.com', token: 'user' } },
        }),
      ],
    }).compile();
    // The testing module has set its own.
    Logger.overrideLogger(false);
    users = app.get(UserTokenService);
    close = () => app.close();
  }

  afterAll(() => Logger.overrideLogger(true));

  beforeEach(async () => {
    redis = await RedisServer.start();
  });
  afterEach(async () => {
    await close();
    fast.close();
    await redis.stop();
  });

  const signIn = () =>
    users.store({ accessToken: 'token-of-alice', expiresInSeconds: 3600 }, 'alice');
  const call = async () => (await runAs('alice', () => users.getToken('api'))).accessToken;

  async function signedIn(): Promise<void> {
    await eventually('a sign-in can be stored', () => signIn().then(Boolean, () => false));
  }

  async function failures(): Promise<string[]> {
    const all = await Promise.all(Array.from({ length: AT_ONCE }, () => rejection(call())));
    return all.map((error) => (error as UserTokenStoreError).message);
  }

  /** That the client threw, and not that the store was given up after five seconds. */
  const THREW = /it threw \w*Error/;

  test('fails calls of users while Redis is stopped, keeps none of them, and comes back by itself', async () => {
    await start();
    await signedIn();
    expect(await call()).toBe('token-of-alice');
    await redis.stop();
    for (const message of await failures()) expect(message).toMatch(THREW);
    expect(fast.waiting() ?? 0).toBe(0);
    await redis.startAgain();
    await signedIn();
    expect(await call()).toBe('token-of-alice');
  });

  test('gives a paused Redis up, with all that waits for it, and comes back by itself', async () => {
    await start();
    await signedIn();
    redis.pause();
    for (const message of await failures()) expect(message).toMatch(THREW);
    // What is left is the few commands of its own with which it connects.
    await eventually('nothing of ours waits', async () => (fast.waiting() ?? 0) < 5);
    for (const message of await failures()) expect(message).toMatch(THREW);
    expect(fast.waiting() ?? 0).toBeLessThan(5);
    redis.resume();
    await eventually('it answers again', () => call().then(Boolean, () => false));
    expect(await call()).toBe('token-of-alice');
  });

  test('lets the application start while Redis is away', async () => {
    await redis.stop();
    await start();
    expect(await rejection(call())).toMatchObject({ code: 'user_token_store_failed' });
    await redis.startAgain();
    await signedIn();
    expect(await call()).toBe('token-of-alice');
  });
});
