import { StandingClock } from '../../support/clock.js';
import { ReplicaStage } from '../../support/replica-stage.js';
import { codesOf } from '../../support/replicas.js';
import { SharedStore, type Trouble } from '../../support/shared-store.js';
import { until } from '../../support/until.js';

const DOWN = 'token_cache_unavailable';
const BACK = 'token_cache_recovered';

describe('replicas whose cache fails for some of what it is asked', () => {
  const stage = new ReplicaStage({ Clock: StandingClock });
  const { start } = stage;

  /** An application that uses its cache, with an operation under way when the cache begins to fail. */
  async function failingWhileOneIsUnderWay() {
    const { clients, get, getNew } = await start();
    await get();
    await until(() => stage.store.tokens.length === 1);
    const late = stage.store.hold(/^get .*:token:/);
    const call = get({ scope: 'late' });
    await until(() => late.reached);
    stage.store.trouble = 'throws';
    await getNew(1);
    expect(codesOf(clients)).toEqual([DOWN]);
    return { clients, getNew, late, call };
  }

  it('end no outage by what was under way before it, and wait for the one that tries', async () => {
    const { clients, getNew, late, call } = await failingWhileOneIsUnderWay();
    stage.clock.advance({ seconds: 1 });
    stage.store.trouble = undefined;
    const probe = stage.store.hold(/^get /);
    const tries = getNew(1);
    await until(() => probe.reached);
    late.letGo();
    await call;
    expect(codesOf(clients)).toEqual([DOWN]);

    const asked = stage.store.operations.length;
    await getNew(5);
    expect(stage.store.operations).toHaveLength(asked);
    probe.letGo();
    await tries;
    expect(codesOf(clients)).toEqual([DOWN, BACK]);
  });

  it('are not kept from trying by the failure of what was under way', async () => {
    const { clients, getNew, late, call } = await failingWhileOneIsUnderWay();
    stage.clock.advance({ ms: 900 });
    late.letGo();
    await call;
    stage.store.trouble = undefined;
    stage.clock.advance({ ms: 100 });
    await getNew(1);
    expect(codesOf(clients)).toEqual([DOWN, BACK]);
  });

  it.each<Trouble>(['throws on writes', 'refuses'])(
    'read on where it %s, and say once that it fails and once that it does not',
    async (trouble) => {
      const one = await start();
      const two = await start({ tokenCache: new SharedStore(stage.clock, stage.store) });
      stage.store.trouble = trouble;
      for (let round = 1; round <= 3; round++) {
        await one.getNew(5);
        await until(() => stage.store.count(/^set /) === round);
        stage.clock.advance({ seconds: 1 });
      }
      expect(stage.store.tokens).toEqual([]);
      const token = await two.get();
      await until(() => stage.store.tokens.length === 1);
      expect(await one.get()).toBe(token);
      expect(stage.server.requests).toHaveLength(16);
      expect(codesOf(two.clients)).toEqual([DOWN]);

      stage.store.trouble = undefined;
      await one.getNew(1);
      await until(() => stage.store.tokens.length === 2);
      expect(codesOf(two.clients)).toEqual([DOWN, BACK]);
    },
  );

  it('leave all of it alone once it does not answer reads either', async () => {
    const { clients, get, getNew } = await start();
    stage.store.trouble = 'throws on writes';
    await get();
    await until(() => stage.store.count(/^set /) === 1);
    stage.store.trouble = 'throws';
    await getNew(1);
    const asked = stage.store.operations.length;
    await getNew(5);
    expect(stage.store.operations).toHaveLength(asked);
    stage.store.trouble = undefined;
    stage.clock.advance({ seconds: 1 });
    await getNew(1);
    expect(codesOf(clients)).toEqual([DOWN, BACK]);
    await until(() => stage.store.tokens.length === 1);
  });

  it('take no read for failed where the store tells of a write that is about to fail', async () => {
    const telling = new TellingStore(stage.clock);
    const { clients, get, getNew } = await start({ tokenCache: telling });
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
