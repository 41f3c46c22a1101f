import { runAs, type TokenClientModuleOptions, type TokenLock } from 'nestjs-access-tokens';
import { StandingClock, TestClock } from '../../support/clock.js';
import { rejection } from '../../support/secrets.js';
import { AtomicStore, SharedStore } from '../../support/shared-store.js';
import { until } from '../../support/until.js';
import { TURN_MS, UserStage } from '../../support/user-stage.js';

describe('replicas that share the tokens of users', () => {
  const stage = new UserStage(TestClock);
  const { signedIn, expired, note, record } = stage;
  const times = <T>(count: number, work: () => T): T[] => Array.from({ length: count }, work);

  describe('refresh an expired one once', () => {
    const calls = async (
      Store: typeof SharedStore = AtomicStore,
      more: Partial<TokenClientModuleOptions> = {},
    ) => {
      stage.use(StandingClock, Store);
      const { replicas } = await expired(3, more);
      const all = await Promise.all(replicas.flatMap(({ get }) => times(20, get)));
      expect(new Set(all)).toEqual(new Set(['at-1']));
      expect(stage.server.requests).toHaveLength(1);
    };

    it('with a lock, and nobody else tries to write', async () => {
      await calls();
      // The sign-in, the note, and what came of it.
      expect(stage.store.count(/^replace /)).toBe(3);
      await until(() => stage.lock.holders.size === 0);
    });

    it.each(['throws', 'hangs', 'granted to everybody'] as const)(
      'with a lock that is no good: it is %s',
      async (trouble) => {
        stage.lock.trouble = trouble;
        await calls();
      },
    );

    it('with a lock, where the backend cannot compare and write at once', async () => {
      await calls(SharedStore);
      await until(() => stage.lock.holders.size === 0);
    });

    it('there also where only the lock of writes is any good', async () => {
      const forWrites: TokenLock = {
        acquire: (key, ttlMs) => stage.lock.acquire(ttlMs === TURN_MS ? `${key} ${++turn}` : key),
      };
      let turn = 0;
      await calls(SharedStore, { tokenLock: forWrites });
      expect(turn).toBe(3);
    });
  });

  it('wait for one that died while it spent the refresh token, for as long as it has noted', async () => {
    const { one } = await expired(1);
    note('another process', 9_000);
    expect(await one.get()).toBe('at-1');
    expect(stage.clock.naps).toEqual(times(90, () => 100));
    expect(stage.server.requests).toHaveLength(1);
  });

  it('wait no longer than a turn takes, whatever the clock of another has noted', async () => {
    const { one } = await expired(1);
    note('another process', 365 * 24 * 60 * 60 * 1000);
    expect(await one.get()).toBe('at-1');
    const waited = stage.clock.naps.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBe(TURN_MS);
    expect(stage.server.requests).toHaveLength(1);
    expect(record()).not.toHaveProperty('spending');
  });

  it('say so where one died with what it got, and ask no second time', async () => {
    const { one, two } = await expired(2);
    note('another process', 9_000);
    // The server has seen the refresh token, and nobody has heard its answer.
    const body = 'grant_type=refresh_token&refresh_token=rt-0';
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    await fetch(`${stage.server.origin}/token`, { method: 'POST', body, headers });
    for (const { get } of [one, two, one, two]) {
      expect(await rejection(get())).toMatchObject({ code: 'reauthentication_required' });
    }
    expect(stage.server.requests).toHaveLength(2);
  });

  it.each(['works', 'throws'] as const)(
    'go on with the one that lives while another renews it, where the lock %s',
    async (lock) => {
      const { one, two, replicas } = await signedIn(3);
      if (lock === 'throws') stage.lock.trouble = lock;
      stage.clock.advance({ seconds: 250 });
      const letGo = stage.authorization.hold();
      const renewing = two.get();
      await until(() => stage.server.requests.length === 1);
      const others = replicas.filter((replica) => replica !== two);
      const all = await Promise.all(others.flatMap(({ get }) => times(10, get)));
      expect(new Set(all)).toEqual(new Set(['at-0']));
      expect(stage.clock.naps).toEqual([]);
      letGo();
      expect(await renewing).toBe('at-1');
      expect(await one.get()).toBe('at-1');
      expect(stage.server.requests).toHaveLength(1);
    },
  );

  it('do not wait for one whose refresh has failed', async () => {
    const { one, two } = await expired(2);
    stage.authorization.down = true;
    expect(await rejection(one.get())).toMatchObject({ code: 'token_endpoint_unavailable' });
    expect(record()).not.toHaveProperty('spending');
    stage.authorization.down = false;
    expect(await two.get()).toBe('at-1');
    expect(stage.clock.naps).toEqual([]);
    expect([stage.server.requests.length, stage.authorization.refreshes]).toEqual([2, 1]);
  });

  describe.each(['throws on writes', 'refuses'] as const)('with a store that %s', (trouble) => {
    it.each([
      ['that compares', AtomicStore],
      ['that does not', SharedStore],
    ])('%s: spend no refresh token, and lose none', async (_what, Store) => {
      stage.use(TestClock, Store);
      const { one } = await signedIn(1);
      stage.clock.advance({ seconds: 250 });
      stage.store.trouble = trouble;
      expect(await one.get()).toBe('at-0');
      stage.clock.advance({ minutes: 1 });
      expect(await rejection(one.get())).toMatchObject({ code: 'user_token_store_failed' });
      expect(stage.server.requests).toHaveLength(0);
      stage.store.trouble = undefined;
      expect(await one.get()).toBe('at-1');
      expect(stage.server.requests).toHaveLength(1);
    });
  });

  it('bring nobody back who signs out at one while another refreshes', async () => {
    const issuer = { issuer: stage.server.origin, tokenEndpoint: undefined };
    const { one, two } = await expired(2, issuer);
    const letGo = stage.authorization.hold();
    const call = rejection(two.get());
    await until(() => stage.authorization.refreshes === 1);
    await one.users.clear('alice');
    letGo();
    expect(await call).toMatchObject({ reason: 'the user has signed out' });
    stage.clock.advance({ ms: 1 });
    expect(await stage.store.get(stage.row)).toBeUndefined();
    expect(stage.authorization.revoked).toEqual(['rt-1']);
    expect(await rejection(one.get())).toMatchObject({ code: 'reauthentication_required' });
  });

  it('refresh once what one has invalidated, and keep the refresh token', async () => {
    stage.use(StandingClock, AtomicStore);
    const { one, two } = await signedIn(2);
    expect([await one.get(), await two.get()]).toEqual(['at-0', 'at-0']);
    await runAs('alice', () => one.users.invalidate('api'));
    const all = await Promise.all([one, two].flatMap(({ get }) => times(10, get)));
    expect(new Set(all)).toEqual(new Set(['at-1']));
    expect(stage.server.requests).toHaveLength(1);
    stage.clock.advance({ minutes: 6 });
    expect(await two.get()).toBe('at-2');
    expect(await one.get()).toBe('at-2');
    expect(stage.server.requests).toHaveLength(2);
  });
});
