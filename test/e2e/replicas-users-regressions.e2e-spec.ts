import { generateKeyPairSync } from 'node:crypto';
import {
  KeyvUserTokenStore,
  MemoryUserTokenStore,
  runAs,
  UserTokenService,
  type TokenClientModuleOptions,
  type UserTokenStore,
} from 'nestjs-access-tokens';
import { TestClock } from '../support/clock.js';
import { RecordingServer } from '../support/recording-server.js';
import {
  AtomicStore,
  codesOf,
  MapLock,
  RotatingServer,
  SharedStore,
  StandingClock,
} from '../support/replicas.js';
import { rejection } from '../support/secrets.js';
import { TokenClients } from '../support/token-clients.js';
import { until } from '../support/until.js';

const ROW = 'nestjs-access-tokens:user:alice';
const TURN_MS = 15_000;

/** For proofs. */
function newPrivateKey(): JsonWebKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'jwk' });
}

describe('replicas that share the tokens of users, in trouble', () => {
  let server: RecordingServer;
  let tokenLock: MapLock;
  let authorization: RotatingServer;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    tokenLock = new MapLock();
    authorization = new RotatingServer();
    server.requests.length = 0;
    server.respond = (request) => authorization.answer(request);
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  async function replica(
    backend: SharedStore,
    clock: TestClock,
    more: Partial<TokenClientModuleOptions> = {},
  ) {
    const { app, logs } = await TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'web',
      clientSecret: 'web-secret',
      clock,
      userTokenStore: new KeyvUserTokenStore(backend),
      tokenLock,
      encryptionKeys: 'none',
      backchannel: { retries: 0, timeoutMs: TURN_MS - 5_000 },
      clients: { api: { baseURL: 'https://api.example.com', token: 'user' } },
      ...more,
    });
    const users = app.get(UserTokenService);
    const get = () => runAs('alice', async () => (await users.getToken('api')).accessToken);
    return { app, logs, users, get };
  }

  const signIn = { accessToken: 'at-0', refreshToken: 'rt-0', expiresInSeconds: 300 };
  const spent = () =>
    server.requests.map(({ body }) => new URLSearchParams(body).get('refresh_token'));
  const record = (backend: SharedStore) =>
    JSON.parse(backend.rows.get(ROW) ?? 'null') as Record<string, unknown>;
  const noteOf = (by: string, end: number, backend: SharedStore) =>
    backend.rows.set(
      ROW,
      JSON.stringify({ ...record(backend), version: by, spending: { by, until: end } }),
    );

  it('one of many who have waited for a dead one spends the refresh token, and no other', async () => {
    tokenLock.trouble = 'granted to everybody';
    const clock = new StandingClock();
    const backend = new AtomicStore(clock);
    const [one, two, three] = [
      await replica(backend, clock),
      await replica(backend, clock),
      await replica(backend, clock),
    ];
    await one.users.store(signIn, 'alice');
    clock.advance({ minutes: 6 });
    noteOf('a dead one', clock.now() + TURN_MS, backend);
    const letGo = authorization.hold();
    const calls = [one, two, three].map(({ get }) => get());
    await until(() => clock.naps.length >= 6);
    // As long as it can take: all of them have waited for nearly a whole turn.
    clock.advance({ ms: TURN_MS - 100 });
    await until(() => clock.naps.length >= 12);
    clock.advance({ ms: 100 });
    await until(() => server.requests.length === 1);
    const naps = clock.naps.length;
    // The one that is at it takes its time, and the others wait for that as well.
    clock.advance({ ms: 4_000 });
    await until(() => clock.naps.length >= naps + 60);
    letGo();
    expect(await Promise.all(calls)).toEqual(['at-1', 'at-1', 'at-1']);
    expect(spent()).toEqual(['rt-0']);
  });

  it('a store that can compare is enough, without any lock', async () => {
    const clock = new StandingClock();
    const backend = new AtomicStore(clock);
    const [one, two] = [
      await replica(backend, clock, { tokenLock: undefined }),
      await replica(backend, clock, { tokenLock: undefined }),
    ];
    await one.users.store(signIn, 'alice');
    clock.advance({ minutes: 6 });
    expect(await Promise.all([one.get(), two.get()])).toEqual(['at-1', 'at-1']);
    expect(spent()).toEqual(['rt-0']);
  });

  it('what one has got and could not store is stored as soon as that is possible, whoever asks', async () => {
    const clock = new StandingClock();
    const backend = new AtomicStore(clock);
    const [one, two] = [await replica(backend, clock), await replica(backend, clock)];
    await one.users.store(signIn, 'alice');
    clock.advance({ minutes: 6 });
    const letGo = authorization.hold();
    const call = rejection(one.get());
    await until(() => server.requests.length === 1);
    backend.trouble = 'throws';
    letGo();
    expect(await call).toMatchObject({ code: 'user_token_store_failed', operation: 'write' });
    backend.trouble = undefined;
    expect(await two.get()).toBe('at-1');
    expect(spent()).toEqual(['rt-0']);
    clock.advance({ minutes: 6 });
    expect(await two.get()).toBe('at-2');
    expect(codesOf(one, two)).toEqual(['user_token_store_failed', 'user_token_store_recovered']);
  });

  it('what one could not store is stored also over the note of another', async () => {
    const clock = new StandingClock();
    const backend = new AtomicStore(clock);
    const one = await replica(backend, clock);
    await one.users.store(signIn, 'alice');
    clock.advance({ minutes: 6 });
    const letGo = authorization.hold();
    const call = rejection(one.get());
    await until(() => server.requests.length === 1);
    backend.trouble = 'throws on writes';
    letGo();
    await call;
    noteOf('another', clock.now() + 1_000, backend);
    backend.trouble = undefined;
    await until(() => record(backend)['refreshToken'] === 'rt-1');
    expect(await one.get()).toBe('at-1');
    expect(spent()).toEqual(['rt-0']);
  });

  it('what one could not store is revoked, where the user has signed out at another', async () => {
    const clock = new StandingClock();
    const backend = new AtomicStore(clock);
    const more = { issuer: server.origin, tokenEndpoint: undefined };
    const [one, two] = [await replica(backend, clock, more), await replica(backend, clock, more)];
    await one.users.store(signIn, 'alice');
    clock.advance({ minutes: 6 });
    const letGo = authorization.hold();
    const call = rejection(one.get());
    await until(() => authorization.refreshes === 1);
    backend.trouble = 'throws on writes';
    letGo();
    await call;
    backend.trouble = undefined;
    await two.users.clear('alice');
    await until(() => authorization.revoked.length === 1);
    expect(authorization.revoked).toEqual(['rt-1']);
  });

  it('what one could not store is stored at the latest when it ends', async () => {
    const clock = new StandingClock();
    const backend = new AtomicStore(clock);
    const one = await replica(backend, clock);
    await one.users.store(signIn, 'alice');
    clock.advance({ minutes: 6 });
    const letGo = authorization.hold();
    const call = rejection(one.get());
    await until(() => server.requests.length === 1);
    backend.trouble = 'throws';
    letGo();
    await call;
    backend.trouble = undefined;
    await one.app.close();
    expect(record(backend)).toMatchObject({ refreshToken: 'rt-1' });
  });

  it('one that ends while it waits for another gives up', async () => {
    const clock = new StandingClock();
    const backend = new AtomicStore(clock);
    const one = await replica(backend, clock);
    await one.users.store(signIn, 'alice');
    clock.advance({ minutes: 6 });
    noteOf('another', clock.now() + TURN_MS, backend);
    const call = rejection(one.get());
    await until(() => clock.naps.length > 2);
    await one.app.close();
    expect(await call).toMatchObject({ code: 'token_endpoint_unavailable' });
    const naps = clock.naps.length;
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(clock.naps.length - naps).toBeLessThanOrEqual(1);
    expect(server.requests).toHaveLength(0);
  });

  it('one that ends in the middle of its refresh finishes that first', async () => {
    const clock = new StandingClock();
    const backend = new AtomicStore(clock);
    const [one, two] = [await replica(backend, clock), await replica(backend, clock)];
    await one.users.store(signIn, 'alice');
    clock.advance({ minutes: 6 });
    const letGo = authorization.hold();
    const call = one.get();
    await until(() => server.requests.length === 1);
    const end = one.app.close();
    const other = two.get();
    await until(() => clock.naps.length > 2);
    letGo();
    expect(await Promise.all([call, other])).toEqual(['at-1', 'at-1']);
    await end;
    expect(spent()).toEqual(['rt-0']);
    expect(codesOf(one, two)).toEqual([]);
  });

  it('a store of the application that can compare is enough as well', async () => {
    const clock = new StandingClock();
    const records = new MemoryUserTokenStore();
    // Not one that is known to stay within the process.
    const userTokenStore: UserTokenStore = {
      get: (user) => records.get(user),
      set: (user, value, expected) => records.set(user, value, expected),
      delete: (user) => records.delete(user),
    };
    const more = { userTokenStore, tokenLock: undefined };
    const [one, two] = [
      await replica(new AtomicStore(clock), clock, more),
      await replica(new AtomicStore(clock), clock, more),
    ];
    await one.users.store(signIn, 'alice');
    clock.advance({ minutes: 6 });
    expect(await Promise.all([one.get(), two.get()])).toEqual(['at-1', 'at-1']);
    expect(spent()).toEqual(['rt-0']);
  });

  it('what one could not store comes first after an outage that was longer than a turn', async () => {
    const clock = new StandingClock();
    const backend = new AtomicStore(clock);
    const own = new AtomicStore(clock, backend);
    const [one, two] = [await replica(own, clock), await replica(backend, clock)];
    await one.users.store(signIn, 'alice');
    clock.advance({ minutes: 6 });
    const letGo = authorization.hold();
    const call = rejection(one.get());
    await until(() => server.requests.length === 1);
    own.trouble = 'throws';
    backend.trouble = 'throws';
    letGo();
    await call;
    expect(await rejection(two.get())).toMatchObject({ code: 'user_token_store_failed' });
    clock.advance({ ms: 2 * TURN_MS });
    backend.trouble = undefined;
    // The other is back first, and asked at once.
    const other = two.get();
    await until(() => clock.naps.length > 2);
    own.trouble = undefined;
    expect(await other).toBe('at-1');
    expect(spent()).toEqual(['rt-0']);
  });

  it('a sign-in does not wait for one that waits for a dead one', async () => {
    const clock = new StandingClock();
    const backend = new AtomicStore(clock);
    const one = await replica(backend, clock);
    await one.users.store(signIn, 'alice');
    clock.advance({ minutes: 6 });
    noteOf('a dead one', clock.now() + TURN_MS, backend);
    const waiting = one.get();
    await until(() => clock.naps.length > 2);
    const again = { accessToken: 'at-new', refreshToken: 'rt-new', expiresInSeconds: 300 };
    await one.users.store(again, 'alice');
    expect(await waiting).toBe('at-new');
    expect(server.requests).toHaveLength(0);
  });

  it('a refresh that fails leaves no note, though others have written meanwhile', async () => {
    const clock = new StandingClock();
    const backend = new AtomicStore(clock);
    const [one, two] = [await replica(backend, clock), await replica(backend, clock)];
    await one.users.store(signIn, 'alice');
    clock.advance({ minutes: 6 });
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    server.respond = async () => {
      await answered;
      return { status: 503 };
    };
    const call = rejection(one.get());
    await until(() => server.requests.length === 1);
    await runAs('alice', () => two.users.invalidate('api'));
    answer();
    expect(await call).toMatchObject({ code: 'token_endpoint_unavailable' });
    expect(record(backend)).not.toHaveProperty('spending');
  });

  it('a token bound to the key of one is not sent by another that has another key', async () => {
    const clock = new StandingClock();
    const backend = new AtomicStore(clock);
    server.respond = async (request) => {
      const { body = {}, ...answer } = await authorization.answer(request);
      return { ...answer, body: { ...(body as object), token_type: 'DPoP' } };
    };
    const [one, two] = [
      await replica(backend, clock, { dpop: { key: newPrivateKey() } }),
      await replica(backend, clock, { dpop: { key: newPrivateKey() } }),
    ];
    await one.users.store(signIn, 'alice');
    // The token of the sign-in is bound to nothing, and so not to our keys.
    const got = [await one.get(), await two.get(), await one.get(), await two.get()];
    expect(got).toEqual(['at-1', 'at-2', 'at-1', 'at-2']);
    expect(server.requests).toHaveLength(2);
  });

  it('a store that is silent is not waited for by every call', async () => {
    const clock = new TestClock();
    const store = new MemoryUserTokenStore();
    const backchannel = { retries: 0, timeoutMs: 50 };
    const one = await replica(new AtomicStore(clock), clock, {
      userTokenStore: store,
      tokenLock: undefined,
      backchannel,
    });
    await one.users.store(signIn, 'alice');
    const get = store.get.bind(store);
    let asked = 0;
    store.get = () => {
      asked += 1;
      return new Promise(() => {});
    };
    for (let call = 0; call < 10; call++) await rejection(one.get());
    expect(asked).toBe(3);
    clock.advance({ seconds: 1 });
    await Promise.all([rejection(one.get()), rejection(one.get()), rejection(one.get())]);
    expect(asked).toBe(4);
    store.get = get;
    expect(await rejection(one.get())).toMatchObject({
      code: 'user_token_store_failed',
      reason: 'it gave no answer the last times it was asked',
    });
    clock.advance({ seconds: 1 });
    expect(await one.get()).toBe('at-0');
    expect(await one.get()).toBe('at-0');
    expect(codesOf(one)).toEqual(['user_token_store_failed', 'user_token_store_recovered']);
  });

  it('a store that can neither compare nor has a lock is warned of in production', async () => {
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      const clock = new TestClock();
      const without = { tokenLock: undefined };
      const one = await replica(new SharedStore(clock), clock, without);
      const two = await replica(new AtomicStore(clock), clock, without);
      const three = await replica(new SharedStore(clock), clock);
      expect(codesOf(one, two, three)).toEqual(['user_tokens_without_lock']);
    } finally {
      process.env['NODE_ENV'] = before;
    }
  });
});
