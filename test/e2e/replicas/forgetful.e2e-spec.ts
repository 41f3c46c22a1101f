import { StandingClock, TestClock } from '../../support/clock.js';
import { ReplicaStage } from '../../support/replica-stage.js';
import { untilGets } from '../../support/replicas.js';
import { AtomicStore, SharedStore } from '../../support/shared-store.js';
import { until } from '../../support/until.js';

describe('what one replica has invalidated, in a cache that forgets', () => {
  const stage = new ReplicaStage();
  const { start, published, version, looks } = stage;

  it('stays so where it is empty all of a sudden, for one token request of all replicas', async () => {
    stage.use(StandingClock, SharedStore);
    const locked = () => start({ tokenLock: stage.lock });
    const replicas = [await locked(), await locked(), await locked(), await locked()];
    const all = () => Promise.all(replicas.map(({ get }) => get()));
    await all();
    await replicas[0]?.tokens.invalidate('orders');
    for (const { get } of replicas) await untilGets(get, 'token-2');
    stage.store.rows.clear();
    for (const { get } of replicas) await untilGets(get, 'token-3');
    await looks(4);
    expect(await all()).toEqual(Array.from({ length: 4 }, () => 'token-3'));
    // One who comes now is told the same.
    expect(await (await locked()).get()).toBe('token-3');
    expect(stage.server.requests).toHaveLength(3);
  });

  /** A replica that remembers what another said last, which is gone; and what is said after that, which it has not heard. */
  async function remembering() {
    const [one, two] = [await start(), await start()];
    await two.tokens.invalidate('orders');
    await looks(1);
    const name = version();
    const elsewhere = new SharedStore(stage.clock);
    const three = await start({ tokenCache: elsewhere });
    for (let time = 0; time < 2; time += 1) await three.tokens.invalidate('orders');
    await Promise.all([two, three].map(({ clients }) => clients.app.close()));
    return { one, name, other: elsewhere.rows.get(name) ?? '' };
  }

  it('is not overwritten by one that remembers what the cache has forgotten', async () => {
    stage.use(TestClock, AtomicStore);
    const { one, name, other } = await remembering();
    const writing = stage.store.hold(/^(set|replace) .*:version:/);
    stage.store.rows.clear();
    await until(() => writing.reached);
    expect(await one.get()).toBe('token-1');
    // Somebody invalidates it, before what is on its way gets there.
    stage.store.rows.set(name, other);
    writing.letGo();
    stage.clock.advance({ seconds: 1 });
    await untilGets(one.get, 'token-2');
    await looks(1);
    expect(stage.store.rows.get(name)).toBe(other);
    expect(stage.server.requests).toHaveLength(2);
  });

  it('is not overwritten either where the backend has no way to compare and write at once', async () => {
    const { one, name, other } = await remembering();
    const looking = stage.store.hold(/^get .*:version:/);
    await until(() => looking.reached);
    stage.store.rows.clear();
    const again = stage.store.hold(/^get .*:version:/);
    looking.letGo();
    await until(() => again.reached);
    expect(await one.get()).toBe('token-1');
    expect(stage.store.rows.has(name)).toBe(false);
    // Somebody invalidates it, before it looks once more.
    stage.store.rows.set(name, other);
    again.letGo();
    await untilGets(one.get, 'token-2');
    await looks(1);
    expect(stage.store.rows.get(name)).toBe(other);
    expect(stage.server.requests).toHaveLength(2);
  });

  it.each([
    ['that compares', AtomicStore],
    ['that does not', SharedStore],
  ])('stays so where the cache comes back as it was a while ago: one %s', async (_name, Store) => {
    stage.use(TestClock, Store);
    const [one, two] = [await start(), await start()];
    await one.tokens.invalidate('orders');
    await looks(2);
    expect(await one.get()).toBe('token-1');
    await published(1);
    expect(await two.get()).toBe('token-1');
    const snapshot = new Map(stage.store.rows);
    await one.tokens.invalidate('orders');
    await untilGets(two.get, 'token-2');
    await published(2);
    expect(await one.get()).toBe('token-2');
    stage.store.rows.clear();
    for (const [key, row] of snapshot) stage.store.rows.set(key, row);
    // All agree on what comes after that, and share again.
    await looks(2);
    expect(await one.get()).toBe('token-3');
    await published(3);
    expect([await two.get(), await (await start()).get()]).toEqual(['token-3', 'token-3']);
  });

  it('stays so where somebody takes that away', async () => {
    const [one, two] = [await start(), await start()];
    await one.get();
    await published(1);
    expect(await two.get()).toBe('token-1');
    await one.tokens.invalidate('orders');
    await untilGets(two.get, 'token-2');
    // What was there before is still there: only the version is gone.
    stage.store.rows.delete(version());
    await until(() => stage.store.rows.has(version()));
    await looks(2);
    const late = await start();
    const got = await Promise.all([one, two, late].map(({ get }) => get()));
    expect(got).not.toContain('token-1');
    expect(stage.server.requests.length).toBeLessThanOrEqual(6);
  });

  describe.each([
    ['that compares', AtomicStore],
    ['that does not', SharedStore],
  ])('%s', (_name, Store) => {
    beforeEach(() => {
      stage.use(TestClock, Store);
    });

    it('is not forgotten as long as a replica runs, so that nobody has to drop a token for it', async () => {
      const [one, two] = [await start(), await start()];
      await one.tokens.invalidate('orders');
      await looks(2);
      stage.clock.advance({ minutes: 25 * 60 - 10 });
      await looks(2);
      expect(await one.get()).toBe('token-1');
      await published(1);
      stage.clock.advance({ minutes: 20 });
      await looks(2);
      expect([await one.get(), await two.get()]).toEqual(['token-1', 'token-1']);
      expect(stage.server.requests).toHaveLength(1);
      // Neither does everybody write it with every look.
      expect(stage.store.count(/^(set|replace) .*:version:/)).toBeLessThanOrEqual(5);
    });

    it('is kept by one that does not know how old it is', async () => {
      const one = await start();
      await one.tokens.invalidate('orders');
      stage.clock.advance({ minutes: 10 * 60 });
      await one.clients.app.close();
      const two = await start();
      await looks(2);
      expect(await two.get()).toBe('token-1');
      const before = version();
      await two.clients.app.close();
      stage.clock.advance({ minutes: 20 * 60 });
      await (await start()).get();
      expect(await stage.store.get(version())).toBeDefined();
      expect(version()).toBe(before);
    });
  });

  it('is not told once more over what has been told meanwhile', async () => {
    stage.use(TestClock, AtomicStore);
    const one = await start();
    await one.tokens.invalidate('orders');
    const two = await start({ tokenCache: new AtomicStore(stage.clock, stage.store) });
    await looks(1);
    stage.clock.advance({ minutes: 13 * 60 });
    const writing = stage.store.hold(/^replace .*:version:/);
    await until(() => writing.reached);
    await two.tokens.invalidate('orders');
    const told = stage.store.rows.get(version());
    writing.letGo();
    await looks(1);
    expect(stage.store.rows.get(version())).toBe(told);
  });
});
