import type { TokenClientModuleOptions } from 'nestjs-access-tokens';
import { RecordingServer, tokenEndpoint } from '../support/recording-server.js';
import { codesOf, newKey, SharedStore, StandingClock, type Trouble } from '../support/replicas.js';
import { TokenClients } from '../support/token-clients.js';
import { until } from '../support/until.js';

const encryptionKeys = [newKey()];
const DOWN = 'token_cache_unavailable';
const BACK = 'token_cache_recovered';

describe('replicas whose cache fails for some of what it is asked', () => {
  let server: RecordingServer;
  let clock: StandingClock;
  let store: SharedStore;
  let wishes: number;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    clock = new StandingClock();
    store = new SharedStore(clock);
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

  /** An application that uses its cache, with an operation under way when the cache begins to fail. */
  async function failingWhileOneIsUnderWay() {
    const { clients, get, getNew } = await started();
    await get();
    await until(() => store.tokens.length === 1);
    const late = store.hold(/^get .*:token:/);
    const call = get('late');
    await until(() => late.reached);
    store.trouble = 'throws';
    await getNew(1);
    expect(codesOf(clients)).toEqual([DOWN]);
    return { clients, getNew, late, call };
  }

  it('end no outage by what was under way before it, and wait for the one that tries', async () => {
    const { clients, getNew, late, call } = await failingWhileOneIsUnderWay();
    clock.advance({ seconds: 1 });
    store.trouble = undefined;
    const probe = store.hold(/^get /);
    const tries = getNew(1);
    await until(() => probe.reached);
    late.letGo();
    await call;
    expect(codesOf(clients)).toEqual([DOWN]);

    const asked = store.operations.length;
    await getNew(5);
    expect(store.operations).toHaveLength(asked);
    probe.letGo();
    await tries;
    expect(codesOf(clients)).toEqual([DOWN, BACK]);
  });

  it('are not kept from trying by the failure of what was under way', async () => {
    const { clients, getNew, late, call } = await failingWhileOneIsUnderWay();
    clock.advance({ ms: 900 });
    late.letGo();
    await call;
    store.trouble = undefined;
    clock.advance({ ms: 100 });
    await getNew(1);
    expect(codesOf(clients)).toEqual([DOWN, BACK]);
  });

  it.each<Trouble>(['throws on writes', 'refuses'])(
    'read on where it %s, and say once that it fails and once that it does not',
    async (trouble) => {
      const one = await started();
      const two = await started({ tokenCache: new SharedStore(clock, store) });
      store.trouble = trouble;
      for (let round = 1; round <= 3; round++) {
        await one.getNew(5);
        await until(() => store.count(/^set /) === round);
        clock.advance({ seconds: 1 });
      }
      expect(store.tokens).toEqual([]);
      const token = await two.get();
      await until(() => store.tokens.length === 1);
      expect(await one.get()).toBe(token);
      expect(server.requests).toHaveLength(16);
      expect(codesOf(two.clients)).toEqual([DOWN]);

      store.trouble = undefined;
      await one.getNew(1);
      await until(() => store.tokens.length === 2);
      expect(codesOf(two.clients)).toEqual([DOWN, BACK]);
    },
  );

  it('leave all of it alone once it does not answer reads either', async () => {
    const { clients, get, getNew } = await started();
    store.trouble = 'throws on writes';
    await get();
    await until(() => store.count(/^set /) === 1);
    store.trouble = 'throws';
    await getNew(1);
    const asked = store.operations.length;
    await getNew(5);
    expect(store.operations).toHaveLength(asked);
    store.trouble = undefined;
    clock.advance({ seconds: 1 });
    await getNew(1);
    expect(codesOf(clients)).toEqual([DOWN, BACK]);
    await until(() => store.tokens.length === 1);
  });

  it('take no read for failed where the store tells of a write that is about to fail', async () => {
    const telling = new TellingStore(clock);
    const { clients, get, getNew } = await started({ tokenCache: telling });
    const write = telling.hold(/^set /);
    await getNew(1);
    await until(() => write.reached);
    const read = telling.hold(/^get .*:token:/);
    const call = get();
    await until(() => read.reached);
    write.letGo();
    await until(() => telling.told);
    read.letGo();
    await call;
    expect(codesOf(clients)).toEqual([]);
    telling.throwIt();
    await until(() => codesOf(clients).length === 1);
    const asked = telling.count(/^get .*:token:/);
    await getNew(1);
    expect(telling.count(/^get .*:token:/)).toBe(asked + 1);
    expect(codesOf(clients)).toEqual([DOWN]);
  });
});

/** A store that tells of a write that fails a good while before it throws, which its adapter has to be told to do. */
class TellingStore extends SharedStore {
  readonly store = { throwOnErrors: false };
  told = false;
  throwIt = (): void => {};
  readonly #thrown = new Promise<void>((resolve) => (this.throwIt = resolve));

  override async set(key: string): Promise<unknown> {
    this.trouble = undefined;
    await this.operate(`set ${key}`, () => true);
    this.trouble = 'complains';
    await this.operate('tell', () => true);
    this.trouble = undefined;
    this.told = true;
    await this.#thrown;
    if (!this.store.throwOnErrors) return true;
    throw new Error('OOM command not allowed');
  }
}
