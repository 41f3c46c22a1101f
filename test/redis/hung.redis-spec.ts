import type { TestingModule } from '@nestjs/testing';
import {
  ClientTokenService,
  runAs,
  UserTokenService,
  UserTokenStoreError,
} from 'nestjs-access-tokens';
import { createClient } from 'redis';
import { MemoryLogger } from '../support/memory-logger.js';
import { CountingTokenEndpoint } from './support/counting-token-endpoint.js';
import { eventually } from './support/eventually.js';
import { startApplication } from './support/application.js';
import { PACKAGES } from './support/installed-packages.js';
import { RedisServer } from './support/redis-server.js';

const HUNG_SECONDS = '4';
/**
 * What is promised is a second. Here two applications and a test share a thread, and others the processors; and yet it
 * is less than the five seconds for which a lock that nobody holds would keep everybody waiting.
 */
const LIMIT_MS = 4_000;
const LOCK_LIFE_MS = 5_000;
const REPLICAS = 2;
const USERS = ['alice', 'bob', 'carol', 'dave'];

/** What a call is made for, and how long it has waited after Redis was back. */
interface Waited {
  readonly kind: string;
  readonly ms: number;
}

describe.each(PACKAGES)('A Redis that hangs for four seconds under load, over %s', (name) => {
  let redis: RedisServer;
  let endpoint: CountingTokenEndpoint;
  let apps: TestingModule[];
  let observer: ReturnType<typeof createClient>;

  beforeEach(async () => {
    redis = await RedisServer.start({ args: ['--enable-debug-command', 'yes'] });
    endpoint = await CountingTokenEndpoint.start({ delayMs: 50, expiresInSeconds: 2 });
    apps = [];
    for (let replica = 0; replica < REPLICAS; replica += 1) {
      const logs = new MemoryLogger();
      const { app } = await startApplication(name, redis.url, endpoint.url, logs);
      apps.push(app);
    }
    observer = createClient({ url: redis.url });
    observer.on('error', () => undefined);
    await observer.connect();
  });
  afterEach(async () => {
    for (const app of apps) await app.close();
    observer.destroy();
    await endpoint.stop();
    await redis.stop();
  });

  test('keeps no call waiting for more than a second once it is back, and leaves no lock', async () => {
    const signIn = (user: string) =>
      apps[0]
        ?.get(UserTokenService)
        .store(
          { accessToken: `of-${user}`, refreshToken: `refresh-${user}`, expiresInSeconds: 2 },
          user,
        );
    for (const user of USERS) await signIn(user);
    const stop = new AbortController();
    let backAt = Infinity;
    const waited: Waited[] = [];
    const unexpected: unknown[] = [];
    /** How often each of those who call has had an answer to a call that it made since Redis was back. */
    const answered: number[] = [];
    const timed = async (kind: string, call: () => Promise<unknown>) => {
      const begun = performance.now();
      await call().catch((error: unknown) => {
        // While its store is silent, calls of users fail, and do not wait.
        if (!(error instanceof UserTokenStoreError)) unexpected.push(error);
      });
      const now = performance.now();
      if (now > backAt) waited.push({ kind, ms: now - Math.max(begun, backAt) });
      return begun > backAt;
    };
    const again = async (caller: number, round: (count: number) => Promise<boolean>) => {
      answered[caller] = 0;
      for (let count = 0; !stop.signal.aborted; count += 1) {
        if (await round(count)) answered[caller] += 1;
      }
    };
    const users = USERS.flatMap((user) => Array<string>(5).fill(user));
    const clientTokens = apps.map((app) => app.get(ClientTokenService));
    const callers = [
      // All replicas want the same at the same time, so that one has the lock and the others wait for it.
      ...Array.from({ length: 30 }, (_, at) => async (round: number) => {
        const scope = `scope-${round}-${at}`;
        const both = clientTokens.map(async (tokens) => {
          await timed('at hand', () => tokens.getToken('own'));
          return timed('new', () => tokens.getToken('own', { scope }));
        });
        return (await Promise.all(both)).every(Boolean);
      }),
      ...apps.flatMap((app) =>
        users.map((user) => async () => {
          // What it does between two calls takes as long as a token request does.
          await fetch(endpoint.url).then((answer) => answer.arrayBuffer());
          return timed('user', () => runAs(user, () => app.get(UserTokenService).getToken('api')));
        }),
      ),
    ];
    const load = callers.map((round, caller) => again(caller, round));
    await eventually('the load is under way', async () => endpoint.count > 1_000);
    await observer.sendCommand(['DEBUG', 'SLEEP', HUNG_SECONDS]);
    backAt = performance.now();
    await eventually('everybody has gone on', async () => answered.every((count) => count >= 5));
    stop.abort();
    await Promise.all(load);
    expect(unexpected).toEqual([]);
    const worst = (kind: string) =>
      Math.round(Math.max(...waited.filter((one) => one.kind === kind).map(({ ms }) => ms)));
    const all = { hand: worst('at hand'), new: worst('new'), user: worst('user') };
    console.info(`${name}: after it was back, the slowest of ${waited.length} calls waited`, all);
    expect(Math.max(...Object.values(all))).toBeLessThan(LIMIT_MS);
    const isFree = async () => (await observer.keys('web:lock:*')).length === 0;
    await eventually('every lock is free, and not for its age', isFree, LOCK_LIFE_MS / 2);
  });
});
