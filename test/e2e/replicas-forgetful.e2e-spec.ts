import type { TokenClientModuleOptions } from 'nestjs-access-tokens';
import { TestClock } from '../support/clock.js';
import { RecordingServer, tokenEndpoint } from '../support/recording-server.js';
import {
  AtomicStore,
  MapLock,
  newKey,
  SharedStore,
  StandingClock,
  untilGets,
} from '../support/replicas.js';
import { TokenClients } from '../support/token-clients.js';
import { until } from '../support/until.js';

const encryptionKeys = [newKey()];
const baseURL = 'https://orders.example.com';

describe('what one replica has invalidated, in a cache that forgets', () => {
  let server: RecordingServer;
  let clock: TestClock;
  let store: SharedStore;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    clock = new TestClock();
    store = new SharedStore(clock);
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
      clients: { orders: { baseURL } },
      ...more,
    });
    const { tokens } = clients;
    return { tokens, get: async () => (await tokens.getToken('orders')).accessToken, clients };
  }

  /** Where the version of the one client is that was invalidated. */
  const version = () => [...store.rows.keys()].find((key) => key.includes(':version:')) ?? '';
  /** Until what was got is there for the others. */
  const published = (count: number) => until(() => store.count(/^set .*:token:/) === count);
  /** Until every replica has looked a few times. */
  async function looks(replicas: number): Promise<void> {
    const before = store.count(/^get .*:version:/);
    await until(() => store.count(/^get .*:version:/) >= before + 2 * replicas);
  }

  it('stays so where it is empty all of a sudden, for one token request of all replicas', async () => {
    clock = new StandingClock();
    store = new SharedStore(clock);
    const tokenLock = new MapLock();
    const start = () => started({ tokenLock });
    const replicas = [await start(), await start(), await start(), await start()];
    const all = () => Promise.all(replicas.map(({ get }) => get()));
    await all();
    await replicas[0]?.tokens.invalidate('orders');
    for (const { get } of replicas) await untilGets(get, 'token-2');
    store.rows.clear();
    for (const { get } of replicas) await untilGets(get, 'token-3');
    await looks(4);
    expect(await all()).toEqual(Array.from({ length: 4 }, () => 'token-3'));
    // One who comes now is told the same.
    expect(await (await start()).get()).toBe('token-3');
    expect(server.requests).toHaveLength(3);
  });

  it('is not overwritten by one that remembers what the cache has forgotten', async () => {
    store = new AtomicStore(clock);
    const [one, two] = [await started(), await started()];
    await two.tokens.invalidate('orders');
    const other = store.rows.get(version()) ?? '';
    await two.tokens.invalidate('orders');
    await two.clients.app.close();
    await looks(1);
    const name = version();
    const writing = store.hold(/^(set|replace) .*:version:/);
    store.rows.clear();
    await until(() => writing.reached);
    expect(await one.get()).toBe('token-1');
    // Somebody invalidates it, before what is on its way gets there.
    store.rows.set(name, other);
    writing.letGo();
    clock.advance({ seconds: 1 });
    await untilGets(one.get, 'token-2');
    await looks(1);
    expect(store.rows.get(name)).toBe(other);
    expect(server.requests).toHaveLength(2);
  });

  it('is not overwritten either where the backend has no way to compare and write at once', async () => {
    const [one, two] = [await started(), await started()];
    await two.tokens.invalidate('orders');
    const other = store.rows.get(version()) ?? '';
    await two.tokens.invalidate('orders');
    await two.clients.app.close();
    await looks(1);
    const name = version();
    const looking = store.hold(/^get .*:version:/);
    await until(() => looking.reached);
    store.rows.clear();
    const again = store.hold(/^get .*:version:/);
    looking.letGo();
    await until(() => again.reached);
    expect(await one.get()).toBe('token-1');
    expect(store.rows.has(name)).toBe(false);
    // Somebody invalidates it, before it looks once more.
    store.rows.set(name, other);
    again.letGo();
    await untilGets(one.get, 'token-2');
    await looks(1);
    expect(store.rows.get(name)).toBe(other);
    expect(server.requests).toHaveLength(2);
  });

  it('stays so where somebody takes that away', async () => {
    const [one, two] = [await started(), await started()];
    await one.get();
    await published(1);
    expect(await two.get()).toBe('token-1');
    await one.tokens.invalidate('orders');
    await untilGets(two.get, 'token-2');
    // What was there before is still there: only the version is gone.
    store.rows.delete(version());
    await until(() => store.rows.has(version()));
    await looks(2);
    const late = await started();
    const got = await Promise.all([one, two, late].map(({ get }) => get()));
    expect(got).not.toContain('token-1');
    expect(server.requests.length).toBeLessThanOrEqual(6);
  });

  describe.each([
    ['that compares', AtomicStore],
    ['that does not', SharedStore],
  ])('%s', (_name, Store) => {
    beforeEach(() => {
      store = new Store(clock);
    });

    it('is not forgotten as long as a replica runs, so that nobody has to drop a token for it', async () => {
      const [one, two] = [await started(), await started()];
      await one.tokens.invalidate('orders');
      await looks(2);
      clock.advance({ minutes: 25 * 60 - 10 });
      await looks(2);
      expect(await one.get()).toBe('token-1');
      await published(1);
      clock.advance({ minutes: 20 });
      await looks(2);
      expect([await one.get(), await two.get()]).toEqual(['token-1', 'token-1']);
      expect(server.requests).toHaveLength(1);
      // Neither does everybody write it with every look.
      expect(store.count(/^(set|replace) .*:version:/)).toBeLessThanOrEqual(5);
    });

    it('is kept by one that does not know how old it is', async () => {
      const one = await started();
      await one.tokens.invalidate('orders');
      clock.advance({ minutes: 10 * 60 });
      await one.clients.app.close();
      const two = await started();
      await looks(2);
      expect(await two.get()).toBe('token-1');
      const before = version();
      await two.clients.app.close();
      clock.advance({ minutes: 20 * 60 });
      await (await started()).get();
      expect(await store.get(version())).toBeDefined();
      expect(version()).toBe(before);
    });
  });

  it('is not told once more over what has been told meanwhile', async () => {
    store = new AtomicStore(clock);
    const one = await started();
    await one.tokens.invalidate('orders');
    const two = await started({ tokenCache: new AtomicStore(clock, store) });
    await looks(1);
    clock.advance({ minutes: 13 * 60 });
    const writing = store.hold(/^replace .*:version:/);
    await until(() => writing.reached);
    await two.tokens.invalidate('orders');
    const told = store.rows.get(version());
    writing.letGo();
    await looks(1);
    expect(store.rows.get(version())).toBe(told);
  });
});
