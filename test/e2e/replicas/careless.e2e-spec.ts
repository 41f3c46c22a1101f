import { Logger } from '@nestjs/common';
import type { TokenClientModuleOptions, TokenLock } from 'nestjs-access-tokens';
import { Replicas } from '../../../lib/token-client/cache/replicas.js';
import { StandingClock } from '../../support/clock.js';
import { MapLock } from '../../support/map-lock.js';
import { ReplicaStage } from '../../support/replica-stage.js';
import { codesOf } from '../../support/replicas.js';
import { until } from '../../support/until.js';

describe('replicas that were given what is not as it should be', () => {
  const stage = new ReplicaStage({ Clock: StandingClock });
  let unhandled: unknown[];
  const note = (reason: unknown) => void unhandled.push(reason);

  beforeEach(() => {
    unhandled = [];
    process.on('unhandledRejection', note);
  });

  afterEach(() => {
    process.off('unhandledRejection', note);
  });

  async function start(more: Partial<TokenClientModuleOptions> = {}) {
    const one = await stage.start(more);
    await until(() => stage.store.count(/^get .*:version:/) > 0);
    return one;
  }

  /** Long enough for Node to notice what nobody has handled. */
  const settled = async () => {
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  };

  describe('a logger that throws ends no process', () => {
    async function careless(more: Partial<TokenClientModuleOptions> = {}) {
      const one = await start(more);
      const said: unknown[] = [];
      one.clients.logs.warn = (message) => {
        said.push(message);
        throw new Error('ENOSPC');
      };
      return { ...one, said };
    }

    it('where a token cannot be put into the cache', async () => {
      const { get, said } = await careless();
      stage.store.trouble = 'throws on writes';
      expect(await get()).toBe('token-1');
      await until(() => said.length === 1);
      await settled();
      expect(unhandled).toEqual([]);
    });

    it('where a look at what was invalidated fails, and the next call gets a token', async () => {
      const { get, said } = await careless();
      stage.store.trouble = 'throws';
      await until(() => said.length === 1);
      await settled();
      expect(unhandled).toEqual([]);
      expect(await get()).toBe('token-1');
    });

    it.each([
      ['has got a token', 200],
      ['has got none', 400],
    ])('where a lock cannot be given back by one that %s', async (_which, status) => {
      stage.lock.releaseThrows = true;
      const { get, said } = await careless({ tokenLock: stage.lock });
      if (status === 400)
        stage.server.respond = () => ({ status, body: { error: 'invalid_scope' } });
      await get().catch(() => undefined);
      await until(() => said.some((line) => String(line).startsWith('token_lock_unavailable:')));
      await settled();
      expect(unhandled).toEqual([]);
    });
  });

  it('tells everybody in this process what was invalidated, though one of them throws', async () => {
    const logger = new Logger('TokenClientModule');
    const { clock, store: tokenCache, encryptionKeys } = stage;
    const options = { tokenCache, encryptionKeys, clientId: 'gateway' };
    const { clients } = await start();
    const replica = new Replicas(options, () => ['orders', 'billing'], clock, logger);
    const other = new Replicas(options, () => ['orders', 'billing'], clock, logger);
    const heard: string[] = [];
    replica.onInvalidated(() => {
      throw new TypeError('a-secret of somebody');
    });
    replica.onInvalidated((client) => heard.push(client));
    const looked = stage.store.count(/^get .*:version:/);
    replica.open([]);
    await until(() => stage.store.count(/^get .*:version:/) > looked + 2);
    await other.invalidate('orders');
    await other.invalidate('billing');
    await until(() => heard.length === 2);
    await settled();
    expect(heard).toEqual(['orders', 'billing']);
    expect(unhandled).toEqual([]);
    expect(codesOf(clients)).toEqual(['invalidation_failed', 'invalidation_failed']);
    expect(clients.logs.lines.join()).not.toContain('a-secret');
    await replica.close();
    await other.close();
  });

  it('share no token that is too big for the cache, which is no outage', async () => {
    const [one, two] = [await start(), await start()];
    const tooMuch = { scope: 'orders.read'.repeat(100_000) };
    expect([await one.get(tooMuch), await two.get(tooMuch)]).toEqual(['token-1', 'token-2']);
    await settled();
    expect(stage.store.tokens).toEqual([]);
    expect(await one.get()).toBe('token-3');
    await until(() => stage.store.tokens.length === 1);
    expect(await two.get()).toBe('token-3');
    expect(codesOf(one.clients, two.clients)).toEqual([]);
  });

  it.each<unknown>([false, null, undefined, 0, true, 'OK', {}, { release: 'later' }])(
    'take a lock that answers %p for one that somebody else has',
    async (answer) => {
      let asked = 0;
      const tokenLock = {
        acquire: async () => {
          asked += 1;
          return asked < 3 ? answer : new MapLock().acquire('free');
        },
      };
      const { clients, get } = await start({ tokenLock: tokenLock as TokenLock });
      expect(await get()).toBe('token-1');
      expect(asked).toBe(3);
      expect(codesOf(clients)).toEqual([]);
    },
  );
});
