import { StandingClock } from '../../support/clock.js';
import { tokenEndpoint } from '../../support/recording-server.js';
import { ReplicaStage } from '../../support/replica-stage.js';
import { codesOf } from '../../support/replicas.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import type { Trouble } from '../../support/shared-store.js';
import { until } from '../../support/until.js';

describe('replicas whose cache or lock fails', () => {
  const stage = new ReplicaStage({ Clock: StandingClock });
  const { start } = stage;
  const locked = () => start({ tokenLock: stage.lock });

  describe('the cache', () => {
    it.each<Trouble>(['throws', 'hangs', 'complains'])(
      'that %s fails no call, is left alone for a second, and then tried by one',
      async (trouble) => {
        stage.store.trouble = trouble;
        const { clients, get, getNew } = await start();
        const calls = await Promise.all(Array.from({ length: 50 }, () => get()));
        expect(new Set(calls)).toEqual(new Set(['token-1']));
        expect(codesOf(clients)).toEqual(['token_cache_unavailable']);

        const asked = stage.store.operations.length;
        await getNew(20);
        expect(stage.server.requests).toHaveLength(21);
        expect(stage.store.operations).toHaveLength(asked);

        stage.clock.advance({ seconds: 1 });
        await getNew(20);
        expect(stage.server.requests).toHaveLength(41);
        expect(stage.store.operations).toHaveLength(asked + 1);
        expect(codesOf(clients)).toEqual(['token_cache_unavailable']);

        stage.store.trouble = undefined;
        stage.clock.advance({ seconds: 1 });
        await getNew(1);
        const both = ['token_cache_unavailable', 'token_cache_recovered'];
        expect(codesOf(clients)).toEqual(both);
        await until(() => stage.store.tokens.length === 1);
        await getNew(20);
        await until(() => stage.store.tokens.length === 21);
        expect(codesOf(clients)).toEqual(both);
        expectNoSecret(clients.logs.lines, 'password-of-the-store');
      },
    );

    it('that does not write, and says so, is one that fails', async () => {
      const { clients, get, getNew } = await start();
      await until(() => stage.store.operations.length > 0);
      stage.store.trouble = 'refuses';
      expect(await get()).toBe('token-1');
      await until(() => stage.store.count(/^set /) === 1);
      await getNew(20);
      // What it still can do it goes on doing.
      expect(stage.store.count(/^set /)).toBe(1);
      expect(stage.store.count(/^get .*:token:/)).toBe(21);
      expect(codesOf(clients)).toEqual(['token_cache_unavailable']);
    });

    it('that says nothing when it has written has written', async () => {
      const silent = {
        get: (key: string) => stage.store.get(key),
        set: async (key: string, value: unknown, ttlMs?: number) =>
          void (await stage.store.set(key, value, ttlMs)),
        delete: async (key: string) => void (await stage.store.delete(key)),
      };
      const { clients, get } = await start({ tokenCache: silent });
      await get();
      await clients.tokens.invalidate('orders');
      expect(stage.store.count(/^set .*:version:/)).toBe(1);
      const looked = stage.store.count(/^get .*:version:/);
      await until(() => stage.store.count(/^get .*:version:/) >= looked + 3);
      // Told once. Whoever tells it again and again overwrites what others tell.
      expect(stage.store.count(/^set .*:version:/)).toBe(1);
      expect(codesOf(clients)).toEqual([]);
    });

    it('that fails in the middle leaves each replica its token, and new ones to be had', async () => {
      const [one, two] = [await locked(), await locked()];
      await one.get();
      await until(() => stage.store.tokens.length === 1 && stage.lock.holders.size === 0);
      stage.store.trouble = 'throws';
      expect([await one.get(), await two.get()]).toEqual(['token-1', 'token-2']);
      stage.clock.advance({ minutes: 61 });
      const both = [one, two].flatMap(({ get }) => Array.from({ length: 20 }, () => get()));
      expect(new Set(await Promise.all(both)).size).toBe(2);
      expect(stage.server.requests).toHaveLength(4);
      await until(() => stage.lock.holders.size === 0);
    });
  });

  describe('the lock', () => {
    it.each(['throws', 'hangs'] as const)(
      'that %s fails no call, is left alone for a second, and then tried by one',
      async (trouble) => {
        stage.lock.trouble = trouble;
        const { clients, get, getNew } = await locked();
        const calls = await Promise.all(Array.from({ length: 50 }, () => get()));
        expect(new Set(calls)).toEqual(new Set(['token-1']));
        expect(codesOf(clients)).toEqual(['token_lock_unavailable']);

        await getNew(20);
        expect(stage.lock.asked).toBe(1);
        stage.clock.advance({ seconds: 1 });
        await getNew(20);
        expect(stage.lock.asked).toBe(2);
        expect(stage.server.requests).toHaveLength(41);

        stage.lock.trouble = undefined;
        stage.clock.advance({ seconds: 1 });
        await getNew(1);
        expect(codesOf(clients)).toEqual(['token_lock_unavailable', 'token_lock_recovered']);
        await getNew(20);
        expect(stage.lock.asked).toBe(23);
        await until(() => stage.lock.holders.size === 0);
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
        stage.lock.gate = new Promise<void>((resolve) => (grant = resolve));
        stage.lock.releaseThrows = releaseThrows;
        const { get } = await locked();
        expect(await get()).toBe('token-1');
        expect(stage.lock.holders.size).toBe(0);
        grant();
        await until(() => stage.lock.released === 1);
        await new Promise(setImmediate);
        expect(stage.lock.holders.size).toBe(releaseThrows ? 1 : 0);
        process.off('unhandledRejection', note);
        expect(rejected).toEqual([]);
      },
    );

    it('whose release throws holds nobody up: what was got is in the cache', async () => {
      stage.lock.releaseThrows = true;
      const [one, two] = [await locked(), await locked()];
      expect(await one.get()).toBe('token-1');
      await until(() => stage.lock.released === 1);
      expect(await two.get()).toBe('token-1');
      expect(codesOf(one.clients, two.clients)).toEqual(['token_lock_unavailable']);
    });

    it('is given back though it has failed meanwhile, as others wait for it', async () => {
      const respond = tokenEndpoint();
      let answer = () => {};
      const gate = new Promise<void>((resolve) => (answer = resolve));
      stage.server.respond = async (...given) => {
        if (stage.server.requests.length === 1) await gate;
        return respond(...given);
      };
      const { clients, get, getNew } = await locked();
      const call = get();
      await until(() => stage.server.requests.length === 1);
      stage.lock.trouble = 'throws';
      await getNew(1);
      expect(codesOf(clients)).toEqual(['token_lock_unavailable']);
      stage.lock.trouble = undefined;
      answer();
      await call;
      await until(() => stage.lock.holders.size === 0);
      expect(stage.lock.released).toBe(1);
    });

    it('is given back before the application has ended, as its connection may be closed next', async () => {
      stage.server.respond = () => undefined;
      let goOn = (): void => {};
      stage.lock.releaseGate = new Promise((resolve) => (goOn = resolve));
      const { clients, get } = await locked();
      const call = rejection(get());
      await until(() => stage.server.requests.length === 1);
      let ended = false;
      const end = clients.app.close().then(() => (ended = true));
      await until(() => stage.lock.released === 1);
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      expect(ended).toBe(false);
      goOn();
      await end;
      expect(stage.lock.holders.size).toBe(0);
      expect(await call).toMatchObject({ code: 'token_endpoint_unavailable' });
      expect(codesOf(clients)).toEqual([]);
    });

    it('is given back where it is granted while the application ends', async () => {
      let grant = () => {};
      stage.lock.gate = new Promise<void>((resolve) => (grant = resolve));
      const { clients, get } = await locked();
      const call = rejection(get());
      await until(() => stage.lock.asked === 1);
      const end = clients.app.close();
      grant();
      await end;
      expect(stage.lock.released).toBe(1);
      expect(stage.lock.holders.size).toBe(0);
      expect(await call).toMatchObject({ code: 'token_endpoint_unavailable' });
    });

    it('that never answers does not keep the application from its end', async () => {
      stage.lock.trouble = 'hangs';
      const { clients, get } = await locked();
      expect(await get()).toBe('token-1');
      await clients.app.close();
    });

    it('is not held by calls that wait while the application ends', async () => {
      stage.lock.holders.set('', Symbol());
      stage.lock.holders.has = () => true;
      const { clients, get } = await locked();
      const call = get().catch((error: unknown) => error);
      await until(() => stage.clock.naps.length > 3);
      await clients.app.close();
      expect(await call).toMatchObject({ code: 'token_endpoint_unavailable' });
      expect(stage.server.requests).toHaveLength(0);
    });
  });
});
