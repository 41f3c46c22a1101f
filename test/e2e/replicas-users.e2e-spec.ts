import {
  KeyvUserTokenStore,
  runAs,
  type TokenLock,
  UserTokenService,
  type TokenClientModuleOptions,
} from 'nestjs-access-tokens';
import { TestClock } from '../support/clock.js';
import { RecordingServer } from '../support/recording-server.js';
import {
  AtomicStore,
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

describe('replicas that share the tokens of users', () => {
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

  /** Replicas of one application, and alice signed in. */
  async function started(
    count: number,
    clock: TestClock,
    backend: SharedStore = new AtomicStore(clock),
    more: Partial<TokenClientModuleOptions> = {},
  ) {
    const replicas = [];
    for (let replica = 0; replica < count; replica++) {
      const { app } = await TokenClients.start({
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
      replicas.push({ users, get });
    }
    const [one, two = one] = replicas;
    if (!one || !two) throw new Error('no replica');
    const signIn = { accessToken: 'at-0', refreshToken: 'rt-0', expiresInSeconds: 300 };
    await one.users.store(signIn, 'alice');
    return { one, two, replicas, backend };
  }

  /** What another process would have noted, that spends the refresh token. */
  function note(backend: SharedStore, forMs: number, clock: TestClock): void {
    const record = JSON.parse(backend.rows.get(ROW) ?? '') as object;
    const spending = { by: 'another process', until: clock.now() + forMs };
    backend.rows.set(ROW, JSON.stringify({ ...record, version: 'of another', spending }));
  }

  const record = (backend: SharedStore) => JSON.parse(backend.rows.get(ROW) ?? 'null') as object;
  const times = <T>(count: number, work: () => T): T[] => Array.from({ length: count }, work);

  describe('refresh an expired one once', () => {
    const calls = async (
      backendOf = (clock: TestClock): SharedStore => new AtomicStore(clock),
      more: Partial<TokenClientModuleOptions> = {},
    ) => {
      const clock = new StandingClock();
      const { replicas, backend } = await started(3, clock, backendOf(clock), more);
      clock.advance({ minutes: 6 });
      const all = await Promise.all(replicas.flatMap(({ get }) => times(20, get)));
      expect(new Set(all)).toEqual(new Set(['at-1']));
      expect(server.requests).toHaveLength(1);
      return backend;
    };

    it('with a lock, and nobody else tries to write', async () => {
      const backend = await calls();
      // The sign-in, the note, and what came of it.
      expect(backend.count(/^replace /)).toBe(3);
      await until(() => tokenLock.holders.size === 0);
    });

    it.each(['throws', 'hangs', 'granted to everybody'] as const)(
      'with a lock that is no good: it is %s',
      async (trouble) => {
        tokenLock.trouble = trouble;
        await calls();
      },
    );

    it('with a lock, where the backend cannot compare and write at once', async () => {
      await calls((clock) => new SharedStore(clock));
      await until(() => tokenLock.holders.size === 0);
    });

    it('there also where only the lock of writes is any good', async () => {
      const forWrites: TokenLock = {
        acquire: (key, ttlMs) => tokenLock.acquire(ttlMs === TURN_MS ? `${key} ${++turn}` : key),
      };
      let turn = 0;
      await calls((clock) => new SharedStore(clock), { tokenLock: forWrites });
      expect(turn).toBe(3);
    });
  });

  it('wait for one that died while it spent the refresh token, for as long as it has noted', async () => {
    const clock = new TestClock();
    const { one, backend } = await started(1, clock);
    clock.advance({ minutes: 6 });
    note(backend, 9_000, clock);
    expect(await one.get()).toBe('at-1');
    expect(clock.naps).toEqual(times(90, () => 100));
    expect(server.requests).toHaveLength(1);
  });

  it('wait no longer than a turn takes, whatever the clock of another has noted', async () => {
    const clock = new TestClock();
    const { one, backend } = await started(1, clock);
    clock.advance({ minutes: 6 });
    note(backend, 365 * 24 * 60 * 60 * 1000, clock);
    expect(await one.get()).toBe('at-1');
    const waited = clock.naps.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBe(TURN_MS);
    expect(server.requests).toHaveLength(1);
    expect(record(backend)).not.toHaveProperty('spending');
  });

  it('say so where one died with what it got, and ask no second time', async () => {
    const clock = new TestClock();
    const { one, two, backend } = await started(2, clock);
    clock.advance({ minutes: 6 });
    note(backend, 9_000, clock);
    // The server has seen the refresh token, and nobody has heard its answer.
    const body = 'grant_type=refresh_token&refresh_token=rt-0';
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    await fetch(`${server.origin}/token`, { method: 'POST', body, headers });
    for (const { get } of [one, two, one, two]) {
      expect(await rejection(get())).toMatchObject({ code: 'reauthentication_required' });
    }
    expect(server.requests).toHaveLength(2);
  });

  it.each(['works', 'throws'] as const)(
    'go on with the one that lives while another renews it, where the lock %s',
    async (lock) => {
      const clock = new TestClock();
      const { one, two, replicas } = await started(3, clock);
      if (lock === 'throws') tokenLock.trouble = lock;
      clock.advance({ seconds: 250 });
      const letGo = authorization.hold();
      const renewing = two.get();
      await until(() => server.requests.length === 1);
      const others = replicas.filter((replica) => replica !== two);
      const all = await Promise.all(others.flatMap(({ get }) => times(10, get)));
      expect(new Set(all)).toEqual(new Set(['at-0']));
      expect(clock.naps).toEqual([]);
      letGo();
      expect(await renewing).toBe('at-1');
      expect(await one.get()).toBe('at-1');
      expect(server.requests).toHaveLength(1);
    },
  );

  it('do not wait for one whose refresh has failed', async () => {
    const clock = new TestClock();
    const { one, two, backend } = await started(2, clock);
    clock.advance({ minutes: 6 });
    authorization.down = true;
    expect(await rejection(one.get())).toMatchObject({ code: 'token_endpoint_unavailable' });
    expect(record(backend)).not.toHaveProperty('spending');
    authorization.down = false;
    expect(await two.get()).toBe('at-1');
    expect(clock.naps).toEqual([]);
    expect([server.requests.length, authorization.refreshes]).toEqual([2, 1]);
  });

  describe.each(['throws on writes', 'refuses'] as const)('with a store that %s', (trouble) => {
    it.each([
      ['that compares', (clock: TestClock) => new AtomicStore(clock)],
      ['that does not', (clock: TestClock) => new SharedStore(clock)],
    ])('%s: spend no refresh token, and lose none', async (_what, backendOf) => {
      const clock = new TestClock();
      const { one, backend } = await started(1, clock, backendOf(clock));
      clock.advance({ seconds: 250 });
      backend.trouble = trouble;
      expect(await one.get()).toBe('at-0');
      clock.advance({ minutes: 1 });
      expect(await rejection(one.get())).toMatchObject({ code: 'user_token_store_failed' });
      expect(server.requests).toHaveLength(0);
      backend.trouble = undefined;
      expect(await one.get()).toBe('at-1');
      expect(server.requests).toHaveLength(1);
    });
  });

  it('bring nobody back who signs out at one while another refreshes', async () => {
    const clock = new TestClock();
    const issuer = { issuer: server.origin, tokenEndpoint: undefined };
    const { one, two, backend } = await started(2, clock, undefined, issuer);
    clock.advance({ minutes: 6 });
    const letGo = authorization.hold();
    const call = rejection(two.get());
    await until(() => authorization.refreshes === 1);
    await one.users.clear('alice');
    letGo();
    expect(await call).toMatchObject({ reason: 'the user has signed out' });
    clock.advance({ ms: 1 });
    expect(await backend.get(ROW)).toBeUndefined();
    expect(authorization.revoked).toEqual(['rt-1']);
    expect(await rejection(one.get())).toMatchObject({ code: 'reauthentication_required' });
  });

  it('refresh once what one has invalidated, and keep the refresh token', async () => {
    const clock = new StandingClock();
    const { one, two } = await started(2, clock);
    expect([await one.get(), await two.get()]).toEqual(['at-0', 'at-0']);
    await runAs('alice', () => one.users.invalidate('api'));
    const all = await Promise.all([one, two].flatMap(({ get }) => times(10, get)));
    expect(new Set(all)).toEqual(new Set(['at-1']));
    expect(server.requests).toHaveLength(1);
    clock.advance({ minutes: 6 });
    expect(await two.get()).toBe('at-2');
    expect(await one.get()).toBe('at-2');
    expect(server.requests).toHaveLength(2);
  });
});
