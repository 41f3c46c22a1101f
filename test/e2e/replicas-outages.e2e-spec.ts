import type { TokenClientModuleOptions } from 'nestjs-access-tokens';
import { RecordingServer, tokenEndpoint } from '../support/recording-server.js';
import {
  codesOf,
  MapLock,
  newKey,
  SharedStore,
  StandingClock,
  type Trouble,
} from '../support/replicas.js';
import { expectNoSecret } from '../support/secrets.js';
import { TokenClients } from '../support/token-clients.js';
import { until } from '../support/until.js';

const encryptionKeys = [newKey()];

describe('replicas whose cache or lock fails', () => {
  let server: RecordingServer;
  let clock: StandingClock;
  let store: SharedStore;
  let tokenLock: MapLock;
  let wishes: number;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    clock = new StandingClock();
    store = new SharedStore(clock);
    tokenLock = new MapLock();
    wishes = 0;
    server.requests.length = 0;
    server.respond = tokenEndpoint();
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  async function started(more: Partial<TokenClientModuleOptions> = {}) {
    const clients = await TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      clock,
      tokenCache: store,
      encryptionKeys,
      backchannel: { retries: 0 },
      clients: { orders: { baseURL: 'https://orders.example.com' } },
      ...more,
    });
    const get = async (scope?: string) =>
      (await clients.tokens.getToken('orders', { scope })).accessToken;
    /** Calls each of which wants a token that nobody has asked for. */
    const getNew = (count: number) =>
      Promise.all(Array.from({ length: count }, () => get(`scope-${++wishes}`)));
    return { clients, get, getNew };
  }

  describe('the cache', () => {
    it.each<Trouble>(['throws', 'hangs', 'complains'])(
      'that %s fails no call, is left alone for a second, and then tried by one',
      async (trouble) => {
        store.trouble = trouble;
        const { clients, get, getNew } = await started();
        const calls = await Promise.all(Array.from({ length: 50 }, () => get()));
        expect(new Set(calls)).toEqual(new Set(['token-1']));
        expect(codesOf(clients)).toEqual(['token_cache_unavailable']);

        const asked = store.operations.length;
        await getNew(20);
        expect(server.requests).toHaveLength(21);
        expect(store.operations).toHaveLength(asked);

        clock.advance({ seconds: 1 });
        await getNew(20);
        expect(server.requests).toHaveLength(41);
        expect(store.operations).toHaveLength(asked + 1);
        expect(codesOf(clients)).toEqual(['token_cache_unavailable']);

        store.trouble = undefined;
        clock.advance({ seconds: 1 });
        await getNew(1);
        const both = ['token_cache_unavailable', 'token_cache_recovered'];
        expect(codesOf(clients)).toEqual(both);
        await until(() => store.tokens.length === 1);
        await getNew(20);
        await until(() => store.tokens.length === 21);
        expect(codesOf(clients)).toEqual(both);
        expectNoSecret(clients.logs.lines, 'password-of-the-store');
      },
    );

    it('that does not write, and says so, is one that fails', async () => {
      const { clients, get, getNew } = await started();
      await until(() => store.operations.length > 0);
      store.trouble = 'refuses';
      expect(await get()).toBe('token-1');
      await until(() => store.count(/^set /) === 1);
      await getNew(20);
      // What it still can do it goes on doing.
      expect(store.count(/^set /)).toBe(1);
      expect(store.count(/^get .*:token:/)).toBe(21);
      expect(codesOf(clients)).toEqual(['token_cache_unavailable']);
    });

    it('that says nothing when it has written has written', async () => {
      const silent = {
        get: (key: string) => store.get(key),
        set: async (key: string, value: unknown, ttlMs?: number) =>
          void (await store.set(key, value, ttlMs)),
        delete: async (key: string) => void (await store.delete(key)),
      };
      const { clients, get } = await started({ tokenCache: silent });
      await get();
      await clients.tokens.invalidate('orders');
      expect(store.count(/^set .*:version:/)).toBe(1);
      const looked = store.count(/^get .*:version:/);
      await until(() => store.count(/^get .*:version:/) >= looked + 3);
      // Told once. Whoever tells it again and again overwrites what others tell.
      expect(store.count(/^set .*:version:/)).toBe(1);
      expect(codesOf(clients)).toEqual([]);
    });

    it('that fails in the middle leaves each replica its token, and new ones to be had', async () => {
      const [one, two] = [await started({ tokenLock }), await started({ tokenLock })];
      await one.get();
      await until(() => store.tokens.length === 1 && tokenLock.holders.size === 0);
      store.trouble = 'throws';
      expect([await one.get(), await two.get()]).toEqual(['token-1', 'token-2']);
      clock.advance({ minutes: 61 });
      const both = [one, two].flatMap(({ get }) => Array.from({ length: 20 }, () => get()));
      expect(new Set(await Promise.all(both)).size).toBe(2);
      expect(server.requests).toHaveLength(4);
      await until(() => tokenLock.holders.size === 0);
    });
  });

  describe('the lock', () => {
    it.each(['throws', 'hangs'] as const)(
      'that %s fails no call, is left alone for a second, and then tried by one',
      async (trouble) => {
        tokenLock.trouble = trouble;
        const { clients, get, getNew } = await started({ tokenLock });
        const calls = await Promise.all(Array.from({ length: 50 }, () => get()));
        expect(new Set(calls)).toEqual(new Set(['token-1']));
        expect(codesOf(clients)).toEqual(['token_lock_unavailable']);

        await getNew(20);
        expect(tokenLock.asked).toBe(1);
        clock.advance({ seconds: 1 });
        await getNew(20);
        expect(tokenLock.asked).toBe(2);
        expect(server.requests).toHaveLength(41);

        tokenLock.trouble = undefined;
        clock.advance({ seconds: 1 });
        await getNew(1);
        expect(codesOf(clients)).toEqual(['token_lock_unavailable', 'token_lock_recovered']);
        await getNew(20);
        expect(tokenLock.asked).toBe(23);
        await until(() => tokenLock.holders.size === 0);
        expectNoSecret(clients.logs.lines, 'password-of-the-lock');
      },
    );

    it.each([false, true])(
      'that is granted late is given back at once (and that may throw: %s)',
      async (releaseThrows) => {
        const rejected: unknown[] = [];
        const note = (reason: unknown) => void rejected.push(reason);
        process.on('unhandledRejection', note);
        let grant = () => {};
        tokenLock.gate = new Promise<void>((resolve) => (grant = resolve));
        tokenLock.releaseThrows = releaseThrows;
        const { get } = await started({ tokenLock });
        expect(await get()).toBe('token-1');
        expect(tokenLock.holders.size).toBe(0);
        grant();
        await until(() => tokenLock.released === 1);
        await new Promise(setImmediate);
        expect(tokenLock.holders.size).toBe(releaseThrows ? 1 : 0);
        process.off('unhandledRejection', note);
        expect(rejected).toEqual([]);
      },
    );

    it('whose release throws holds nobody up: what was got is in the cache', async () => {
      tokenLock.releaseThrows = true;
      const [one, two] = [await started({ tokenLock }), await started({ tokenLock })];
      expect(await one.get()).toBe('token-1');
      await until(() => tokenLock.released === 1);
      expect(await two.get()).toBe('token-1');
      expect(codesOf(one.clients, two.clients)).toEqual(['token_lock_unavailable']);
    });

    it('is given back though it has failed meanwhile, as others wait for it', async () => {
      const respond = tokenEndpoint();
      let answer = () => {};
      const gate = new Promise<void>((resolve) => (answer = resolve));
      server.respond = async (...given) => {
        if (server.requests.length === 1) await gate;
        return respond(...given);
      };
      const { clients, get, getNew } = await started({ tokenLock });
      const call = get();
      await until(() => server.requests.length === 1);
      tokenLock.trouble = 'throws';
      await getNew(1);
      expect(codesOf(clients)).toEqual(['token_lock_unavailable']);
      tokenLock.trouble = undefined;
      answer();
      await call;
      await until(() => tokenLock.holders.size === 0);
      expect(tokenLock.released).toBe(1);
    });

    it('is not held by calls that wait while the application ends', async () => {
      tokenLock.holders.set('', Symbol());
      tokenLock.holders.has = () => true;
      const { clients, get } = await started({ tokenLock });
      const call = get().catch((error: unknown) => error);
      await until(() => clock.naps.length > 3);
      await clients.app.close();
      expect(await call).toMatchObject({ code: 'token_endpoint_unavailable' });
      expect(server.requests).toHaveLength(0);
    });
  });
});
