import type { TestingModule } from '@nestjs/testing';
import { Redis } from 'ioredis';
import {
  ClientTokenService,
  runAs,
  UserTokenService,
  UserTokenStoreError,
  type RedisClient,
} from 'nestjs-access-tokens';
import { MemoryLogger } from '../support/memory-logger.js';
import { rejection } from '../support/secrets.js';
import { CountingTokenEndpoint } from './support/counting-token-endpoint.js';
import { eventually } from './support/eventually.js';
import { startApplication } from './support/application.js';
import { PACKAGES } from './support/installed-packages.js';
import { RedisServer } from './support/redis-server.js';

const AT_ONCE = 100;
/** Longer than any limit of a client that would help if nothing was sent meanwhile. */
const PAUSE_MS = 8_000;
/** What the docs promise is a second. Here many others may work on the same processors. */
const LIMIT_MS = 3_000;

describe.each(PACKAGES)('The option redis with %s', (name) => {
  let redis: RedisServer;
  let endpoint: CountingTokenEndpoint;
  let logs: MemoryLogger;
  let app: TestingModule;
  let client: RedisClient;

  async function start(): Promise<void> {
    ({ app, client } = await startApplication(name, redis.url, endpoint.url, logs));
  }

  beforeEach(async () => {
    redis = await RedisServer.start();
    endpoint = await CountingTokenEndpoint.start();
    logs = new MemoryLogger();
  });
  afterEach(async () => {
    await app.close();
    await endpoint.stop();
    await redis.stop();
  });

  const signIn = () =>
    app
      .get(UserTokenService)
      .store({ accessToken: 'token-of-alice', expiresInSeconds: 3600 }, 'alice');
  const call = async () =>
    (await runAs('alice', () => app.get(UserTokenService).getToken('api'))).accessToken;
  /** Asks for a token that nobody has yet, by way of cache and lock. */
  const callOwn = async (scope: string) =>
    (await app.get(ClientTokenService).getToken('own', { scope })).accessToken;

  async function signedIn(): Promise<void> {
    await eventually('a sign-in can be stored', () => signIn().then(Boolean, () => false));
  }

  async function failures(): Promise<UserTokenStoreError[]> {
    const begun = performance.now();
    const all = await Promise.all(Array.from({ length: AT_ONCE }, () => rejection(call())));
    expect(performance.now() - begun).toBeLessThan(LIMIT_MS);
    for (const error of all) expect(error).toBeInstanceOf(UserTokenStoreError);
    return all as UserTokenStoreError[];
  }

  /** How many commands wait for an answer or a connection; node-redis does not tell. */
  function waiting(): number {
    if (name === 'redis') return 0;
    const lengthOf = (queue: string) => Number(Reflect.get(Reflect.get(client, queue), 'length'));
    return lengthOf('commandQueue') + lengthOf('offlineQueue');
  }

  /** That the client threw, and not that somebody waited for an answer. */
  const THREW = /it threw \w*Error/;
  const linesOf = (what: string) => logs.lines.filter((line) => line.includes(what));

  test('fails calls of users while Redis is stopped, keeps none of them, and comes back by itself', async () => {
    await start();
    await signedIn();
    expect(await call()).toBe('token-of-alice');
    await redis.stop();
    await eventually('the client has noticed', async () => linesOf('ECONNREFUSED').length > 0);
    for (const { message } of await failures()) expect(message).toMatch(THREW);
    expect(waiting()).toBe(0);
    await redis.startAgain();
    await signedIn();
    expect(await call()).toBe('token-of-alice');
  });

  test('fails calls of users while Redis is paused, and no call of the application', async () => {
    await start();
    await signedIn();
    expect(await call()).toBe('token-of-alice');
    redis.pause();
    const until = performance.now() + PAUSE_MS;
    for (let round = 1; performance.now() < until; round += 1) {
      const [own] = await Promise.all([callOwn(`round-${round}`), failures()]);
      expect(own).toBe(`token-${round}`);
    }
    // What is left is the few commands of its own with which it connects.
    await eventually('nothing of ours waits', async () => waiting() < 5);
    await failures();
    expect(waiting()).toBeLessThan(5);
    redis.resume();
    await eventually('it answers again', () => call().then(Boolean, () => false));
    expect(await call()).toBe('token-of-alice');
    await signedIn();
    await eventually('the cache is used again', async () => {
      await callOwn(`after-${endpoint.count}`);
      return linesOf('token_cache_recovered').length > 0;
    });
  });

  test('starts while Redis is away, says why once, and connects by itself', async () => {
    await redis.stop();
    await start();
    expect(await rejection(call())).toMatchObject({ code: 'user_token_store_failed' });
    expect(await callOwn('alone')).toBe('token-1');
    expect(linesOf('ECONNREFUSED')).toHaveLength(1);
    await redis.startAgain();
    await signedIn();
    expect(await call()).toBe('token-of-alice');
  });

  test('starts while Redis is paused', async () => {
    redis.pause();
    await start();
    await failures();
    redis.resume();
    await signedIn();
    expect(await call()).toBe('token-of-alice');
  });

  test('ends right after a call: the lock is free by then, and nothing is complained of', async () => {
    const observer = new Redis(redis.url);
    for (let round = 0; round < 3; round += 1) {
      await start();
      await callOwn(`round-${round}`);
      await app.close();
      expect(await observer.keys('web:lock:*')).toEqual([]);
    }
    observer.disconnect();
    expect(linesOf('token_lock')).toEqual([]);
    expect(linesOf('token_cache')).toEqual([]);
  });

  test('says what is wrong with the password', async () => {
    const administrator = new Redis(redis.url);
    await administrator.config('SET', 'requirepass', 'the-right-one');
    administrator.disconnect();
    const url = redis.url.replace('//', '//:a-wrong-one@');
    ({ app, client } = await startApplication(name, url, endpoint.url, logs));
    await eventually('it has said so', async () => linesOf('WRONGPASS').length > 0);
    expect(linesOf('a-wrong-one')).toEqual([]);
  });
});
