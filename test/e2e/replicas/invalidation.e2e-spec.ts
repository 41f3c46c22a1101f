import { ReplicaStage } from '../../support/replica-stage.js';
import { codesOf, untilGets } from '../../support/replicas.js';
import { SharedStore } from '../../support/shared-store.js';
import { until } from '../../support/until.js';

const baseURL = 'https://orders.example.com';

describe('what one replica invalidates', () => {
  const stage = new ReplicaStage({
    clients: () => ({
      orders: { baseURL, scope: 'orders' },
      billing: { baseURL, scope: 'billing' },
    }),
  });
  const { start, published, version, looks } = stage;

  it('is not used by the others any more, and the tokens of other clients are', async () => {
    const [one, two] = [await start(), await start()];
    expect([await one.get(), await one.getFor('billing')]).toEqual(['token-1', 'token-2']);
    await published(2);
    expect([await two.get(), await two.getFor('billing')]).toEqual(['token-1', 'token-2']);
    await one.tokens.invalidate('orders');
    await untilGets(two.get, 'token-3');
    await published(3);
    expect([await one.get(), await one.getFor('billing')]).toEqual(['token-3', 'token-2']);
    expect(await two.getFor('billing')).toBe('token-2');
    // Nor by one that starts later.
    expect(await (await start()).get()).toBe('token-3');
    expect(stage.server.requests).toHaveLength(3);
    expect(codesOf(one.clients, two.clients)).toEqual([]);
  });

  it('counts for both clients that share a token', async () => {
    const clients = { orders: { baseURL }, stock: { baseURL } };
    const [one, two] = [await start({ clients }), await start({ clients })];
    await one.get();
    await published(1);
    expect(await two.getFor('stock')).toBe('token-1');
    await one.tokens.invalidate('orders');
    await untilGets(() => two.getFor('stock'), 'token-2');
    await published(2);
    expect([await one.get(), await one.getFor('stock')]).toEqual(['token-2', 'token-2']);
    expect(stage.server.requests).toHaveLength(2);
  });

  it.each([
    ['another client is for', { scope: 'billing' }],
    ['a call of another client has asked for', { scope: 'reports' }],
  ])('counts for a call that wants what %s, and not for that one', async (_what, wish) => {
    const [one, two] = [await start(), await start()];
    expect([await one.get(wish), await one.getFor('billing', wish)]).toEqual([
      'token-1',
      'token-1',
    ]);
    await published(1);
    expect([await two.get(wish), await two.getFor('billing', wish)]).toEqual([
      'token-1',
      'token-1',
    ]);
    await one.tokens.invalidate('orders');
    // Whoever still may use it is first, which puts it back where the other would look.
    expect([await one.getFor('billing', wish), await one.get(wish)]).toEqual([
      'token-1',
      'token-2',
    ]);
    await published(2);
    await untilGets(async () => {
      expect(await two.getFor('billing', wish)).toBe('token-1');
      return two.get(wish);
    }, 'token-2');
    expect(stage.server.requests).toHaveLength(2);
    expect(await one.tokens.explain('orders', wish)).toMatchObject({
      reason: 'The next call carries the token at hand, which is fresh.',
    });
  });

  it('is no matter of another application that has a client of the same name in the same cache', async () => {
    const [one, other] = [await start(), await start({ clientId: 'web' })];
    expect([await one.get(), await other.get()]).toEqual(['token-1', 'token-2']);
    await published(2);
    await one.tokens.invalidate('orders');
    await looks(2);
    expect([await one.get(), await other.get()]).toEqual(['token-3', 'token-2']);
    expect(stage.server.requests).toHaveLength(3);
  });

  it('is told as soon as the cache answers again, where it did not', async () => {
    const line = new SharedStore(stage.clock, stage.store);
    const [one, two] = [await start({ tokenCache: line }), await start()];
    await one.get();
    await until(() => stage.store.tokens.length === 1);
    expect(await two.get()).toBe('token-1');
    line.trouble = 'throws';
    await one.tokens.invalidate('orders');
    expect(await two.get()).toBe('token-1');
    line.trouble = undefined;
    stage.clock.advance({ seconds: 1 });
    await untilGets(two.get, 'token-2');
    await published(1);
    expect(await one.get()).toBe('token-2');
    expect(stage.server.requests).toHaveLength(2);
    expect(codesOf(one.clients, two.clients)).toEqual([
      'token_cache_unavailable',
      'token_cache_recovered',
    ]);
  });

  it.each([
    ['throws', true],
    ['throws', false],
    ['throws on writes', false],
  ] as const)(
    'costs a token once, however often it is tried to tell it to a cache that %s: from the start: %s',
    async (trouble, fromStart) => {
      if (fromStart) stage.store.trouble = trouble;
      const crm = { baseURL, resolveClient: () => ({}) };
      const one = await start({ clients: { orders: { baseURL }, crm } });
      const got = (tenant: string) => one.getFor('crm', { tenant });
      stage.store.trouble = trouble;
      await one.tokens.invalidate('crm');
      expect([await got('acme'), await got('umbrella')]).toEqual(['token-1', 'token-2']);
      const attempts = () => stage.store.count(/^(set|get) .*:version:/);
      for (let round = 0; round < 3; round += 1) {
        const before = attempts();
        stage.clock.advance({ seconds: 1 });
        // What wants a token that nobody has also looks, as long as nothing is known of the cache.
        if (fromStart) await one.getFor('orders', { scope: `scope-${round}` });
        await until(() => attempts() > before);
        expect([await got('acme'), await got('umbrella')]).toEqual(['token-1', 'token-2']);
      }
      expect(stage.server.requests).toHaveLength(fromStart ? 2 + 3 : 2);
    },
  );

  it('is not hidden by what a client of the cache has kept while that was away, and writes late', async () => {
    const line = new SharedStore(stage.clock, stage.store);
    const [one, two] = [await start({ tokenCache: line }), await start()];
    const other = await start();
    await one.get();
    const kept = line.hold(/^set .*:version:/);
    await one.tokens.invalidate('orders');
    expect(kept.reached).toBe(true);
    stage.clock.advance({ seconds: 1 });
    await until(() => version() !== '');
    await looks(2);
    await two.get();
    await published(1);
    const got = stage.server.requests.length;
    // Nobody has time to look in between.
    await other.tokens.invalidate('orders');
    kept.letGo();
    await untilGets(two.get, `token-${got + 1}`);
  });

  it('is one thing after another: each of several replicas can do it again', async () => {
    const [one, two] = [await start(), await start()];
    for (const [turn, token] of ['token-2', 'token-3', 'token-4', 'token-5'].entries()) {
      const [by, other] = turn % 2 === 0 ? [one, two] : [two, one];
      if (turn === 0) await by.get();
      await by.tokens.invalidate('orders');
      await untilGets(other.get, token);
      await published(turn + 2);
      expect(await by.get()).toBe(token);
    }
    expect(stage.server.requests).toHaveLength(5);
  });

  it('also concerns what was on its way at that moment', async () => {
    const [one, two] = [await start(), await start()];
    const respond = stage.server.respond;
    let answer = () => {};
    const gate = new Promise<void>((resolve) => (answer = resolve));
    stage.server.respond = async (...given) => {
      const body = await respond(...given);
      await gate;
      return body;
    };
    const call = two.get();
    await until(() => stage.server.requests.length === 1);
    await one.tokens.invalidate('orders');
    answer();
    expect(await call).toBe('token-1');
    await published(1);
    expect(await one.get()).toBe('token-2');
    expect(await (await start()).get()).not.toBe('token-1');
  });

  it('is forgotten with the tenants of a client, each of which is looked up again', async () => {
    const acme = { tenant: 'acme' };
    const asked: string[] = [];
    const replica = (name: string) => {
      const resolveClient = ({ tenant }: { tenant: string }) => {
        asked.push(`${name} ${tenant}`);
        return {};
      };
      return start({ clients: { crm: { baseURL, resolveClient } } });
    };
    const [one, two] = [await replica('one'), await replica('two')];
    await one.getFor('crm', acme);
    await published(1);
    await two.getFor('crm', acme);
    await one.tokens.evictTenant('crm', 'acme');
    await untilGets(() => two.getFor('crm', acme), 'token-2');
    expect(asked).toEqual(['one acme', 'two acme', 'two acme']);
    expect(stage.server.requests).toHaveLength(2);
  });

  it('stays so where somebody writes nonsense in its place, which is said once', async () => {
    const [one, two] = [await start(), await start()];
    await one.get();
    await one.tokens.invalidate('orders');
    await one.get();
    await published(2);
    await untilGets(two.get, 'token-2');
    for (const nonsense of ['v1.x.y', { toString: 1 }]) {
      stage.store.rows.set(version(), JSON.stringify(nonsense));
      await looks(2);
    }
    expect([await one.get(), await two.get()]).toEqual(['token-2', 'token-2']);
    expect(stage.server.requests).toHaveLength(2);
    // By each of them.
    const said = codesOf(one.clients, two.clients);
    expect(said).toEqual(['token_cache_unreadable', 'token_cache_unreadable']);
    await two.tokens.invalidate('orders');
    await untilGets(one.get, 'token-3');
  });
});
