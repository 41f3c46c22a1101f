import { generateKeyPairSync } from 'node:crypto';
import {
  MemoryUserTokenStore,
  runAs,
  type UserTokenService,
  type UserTokenStore,
} from 'nestjs-access-tokens';
import { StandingClock, TestClock } from '../../support/clock.js';
import { codesOf } from '../../support/replicas.js';
import { rejection } from '../../support/secrets.js';
import { AtomicStore, SharedStore, type Trouble } from '../../support/shared-store.js';
import { until } from '../../support/until.js';
import { TURN_MS, UserStage } from '../../support/user-stage.js';

/** For proofs. */
function newPrivateKey(): JsonWebKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'jwk' });
}

describe('replicas that share the tokens of users, in trouble', () => {
  const stage = new UserStage(StandingClock);
  const { start, signedIn, expired, note, record } = stage;
  const spent = () =>
    stage.server.requests.map(({ body }) => new URLSearchParams(body).get('refresh_token'));

  /** Lets one refresh while the store is in that trouble, so that it cannot store what it has got. */
  async function refreshInVain(
    { get }: { get: () => Promise<string> },
    trouble: Trouble,
    store = stage.store,
  ): Promise<unknown> {
    const letGo = stage.authorization.hold();
    const call = rejection(get());
    await until(() => stage.authorization.refreshes === 1);
    store.trouble = trouble;
    letGo();
    return call;
  }

  it('one of many who have waited for a dead one spends the refresh token, and no other', async () => {
    stage.lock.trouble = 'granted to everybody';
    const { replicas } = await expired(3);
    note('a dead one', TURN_MS);
    const letGo = stage.authorization.hold();
    const calls = replicas.map(({ get }) => get());
    await until(() => stage.clock.naps.length >= 6);
    // As long as it can take: all of them have waited for nearly a whole turn.
    stage.clock.advance({ ms: TURN_MS - 100 });
    await until(() => stage.clock.naps.length >= 12);
    stage.clock.advance({ ms: 100 });
    await until(() => stage.server.requests.length === 1);
    const naps = stage.clock.naps.length;
    // The one that is at it takes its time, and the others wait for that as well.
    stage.clock.advance({ ms: 4_000 });
    await until(() => stage.clock.naps.length >= naps + 60);
    letGo();
    expect(await Promise.all(calls)).toEqual(['at-1', 'at-1', 'at-1']);
    expect(spent()).toEqual(['rt-0']);
  });

  it('a store that can compare is enough, without any lock', async () => {
    const { one, two } = await expired(2, { tokenLock: undefined });
    expect(await Promise.all([one.get(), two.get()])).toEqual(['at-1', 'at-1']);
    expect(spent()).toEqual(['rt-0']);
  });

  it('what one has got and could not store is stored as soon as that is possible, whoever asks', async () => {
    const { one, two } = await expired(2);
    const error = await refreshInVain(one, 'throws');
    expect(error).toMatchObject({ code: 'user_token_store_failed', operation: 'write' });
    stage.store.trouble = undefined;
    expect(await two.get()).toBe('at-1');
    expect(spent()).toEqual(['rt-0']);
    stage.clock.advance({ minutes: 6 });
    expect(await two.get()).toBe('at-2');
    expect(codesOf(one, two)).toEqual(['user_token_store_failed', 'user_token_store_recovered']);
  });

  it('what one could not store is stored also over the note of another', async () => {
    const { one } = await expired(1);
    await refreshInVain(one, 'throws on writes');
    note('another', 1_000);
    stage.store.trouble = undefined;
    await until(() => record()['refreshToken'] === 'rt-1');
    expect(await one.get()).toBe('at-1');
    expect(spent()).toEqual(['rt-0']);
  });

  it('what one could not store is revoked, where the user has signed out at another', async () => {
    const issuer = { issuer: stage.server.origin, tokenEndpoint: undefined };
    const { one, two } = await expired(2, issuer);
    await refreshInVain(one, 'throws on writes');
    stage.store.trouble = undefined;
    await two.users.clear('alice');
    await until(() => stage.authorization.revoked.length === 1);
    expect(stage.authorization.revoked).toEqual(['rt-1']);
  });

  it('what one could not store is stored at the latest when it ends', async () => {
    const { one } = await expired(1);
    await refreshInVain(one, 'throws');
    stage.store.trouble = undefined;
    await one.app.close();
    expect(record()).toMatchObject({ refreshToken: 'rt-1' });
  });

  it('one that ends while it waits for another gives up', async () => {
    const { one } = await expired(1);
    note('another', TURN_MS);
    const call = rejection(one.get());
    await until(() => stage.clock.naps.length > 2);
    await one.app.close();
    expect(await call).toMatchObject({ code: 'token_endpoint_unavailable' });
    const naps = stage.clock.naps.length;
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(stage.clock.naps.length - naps).toBeLessThanOrEqual(1);
    expect(stage.server.requests).toHaveLength(0);
  });

  it('one that ends in the middle of its refresh finishes that first', async () => {
    const { one, two } = await expired(2);
    const letGo = stage.authorization.hold();
    const call = one.get();
    await until(() => stage.server.requests.length === 1);
    const end = one.app.close();
    const other = two.get();
    await until(() => stage.clock.naps.length > 2);
    letGo();
    expect(await Promise.all([call, other])).toEqual(['at-1', 'at-1']);
    await end;
    expect(spent()).toEqual(['rt-0']);
    expect(codesOf(one, two)).toEqual([]);
  });

  it('one that ends has given the lock back, as its connection may be closed next', async () => {
    const { one } = await expired(1);
    let goOn = (): void => {};
    stage.lock.releaseGate = new Promise((resolve) => (goOn = resolve));
    expect(await one.get()).toBe('at-1');
    let ended = false;
    const end = one.app.close().then(() => (ended = true));
    await until(() => stage.lock.released === 1);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(ended).toBe(false);
    goOn();
    await end;
    expect(stage.lock.holders.size).toBe(0);
  });

  it('a store of the application that can compare is enough as well', async () => {
    const records = new MemoryUserTokenStore();
    // Not one that is known to stay within the process.
    const userTokenStore: UserTokenStore = {
      get: (user) => records.get(user),
      set: (user, value, expected) => records.set(user, value, expected),
      delete: (user) => records.delete(user),
    };
    const { one, two } = await expired(2, { userTokenStore, tokenLock: undefined });
    expect(await Promise.all([one.get(), two.get()])).toEqual(['at-1', 'at-1']);
    expect(spent()).toEqual(['rt-0']);
  });

  it('what one could not store comes first after an outage that was longer than a turn', async () => {
    const own = new AtomicStore(stage.clock, stage.store);
    const [one, two] = [await start({}, own), await start()];
    await one.signIn();
    stage.clock.advance({ minutes: 6 });
    await refreshInVain(one, 'throws', own);
    stage.store.trouble = 'throws';
    expect(await rejection(two.get())).toMatchObject({ code: 'user_token_store_failed' });
    stage.clock.advance({ ms: 2 * TURN_MS });
    stage.store.trouble = undefined;
    // The other is back first, and asked at once.
    const other = two.get();
    await until(() => stage.clock.naps.length > 2);
    own.trouble = undefined;
    expect(await other).toBe('at-1');
    expect(spent()).toEqual(['rt-0']);
  });

  it('a sign-in does not wait for one that waits for a dead one', async () => {
    const { one } = await expired(1);
    note('a dead one', TURN_MS);
    const waiting = one.get();
    await until(() => stage.clock.naps.length > 2);
    const again = { accessToken: 'at-new', refreshToken: 'rt-new', expiresInSeconds: 300 };
    await one.users.store(again, 'alice');
    expect(await waiting).toBe('at-new');
    expect(stage.server.requests).toHaveLength(0);
  });

  it('a refresh that fails leaves no note, though others have written meanwhile', async () => {
    const { one, two } = await expired(2);
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    stage.server.respond = async () => {
      await answered;
      return { status: 503 };
    };
    const call = rejection(one.get());
    await until(() => stage.server.requests.length === 1);
    await runAs('alice', () => two.users.invalidate('api'));
    answer();
    expect(await call).toMatchObject({ code: 'token_endpoint_unavailable' });
    expect(record()).not.toHaveProperty('spending');
  });

  it.each<Trouble>(['throws', 'throws on writes'])(
    'a refresh that fails takes back its note as soon as the store works again, after one that %s',
    async (trouble) => {
      const { one, two } = await expired(2);
      const refused = new Promise<void>((resolve) => {
        stage.server.respond = () => {
          stage.store.trouble = trouble;
          resolve();
          return { status: 503 };
        };
      });
      const call = rejection(one.get());
      await refused;
      await call;
      expect(record()).toHaveProperty('spending');
      stage.store.trouble = undefined;
      await until(() => !('spending' in record()));
      stage.server.respond = (request) => stage.authorization.answer(request);
      const naps = stage.clock.naps.length;
      expect(await two.get()).toBe('at-1');
      expect(stage.clock.naps).toHaveLength(naps);
    },
  );

  it('a note that a store writes long after it was given up holds up nobody', async () => {
    const { one, two } = await expired(2, { backchannel: { retries: 0, timeoutMs: 300 } });
    const before = record();
    const noting = stage.store.hold(/^replace /);
    expect(await rejection(one.get())).toMatchObject({ code: 'user_token_store_failed' });
    expect(noting.reached).toBe(true);
    // It is not known whether it was written, so another version comes before it.
    await until(() => record()['version'] !== before['version']);
    noting.letGo();
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(record()).not.toHaveProperty('spending');
    const naps = stage.clock.naps.length;
    expect(await two.get()).toBe('at-1');
    expect(stage.clock.naps).toHaveLength(naps);
    expect(spent()).toEqual(['rt-0']);
  });

  it('a note that cannot be taken back keeps nobody from what lives', async () => {
    const { one } = await signedIn(1);
    stage.clock.advance({ seconds: 250 });
    stage.store.trouble = 'throws on writes';
    // What it has is due, and cannot be renewed.
    expect([await one.get(), await one.get()]).toEqual(['at-0', 'at-0']);
    expect(stage.server.requests).toHaveLength(0);
  });

  it('one that ends has taken back the note of the refresh that it gave up', async () => {
    const { one } = await expired(1);
    const writing = stage.store.hold(/^replace /);
    const call = rejection(one.get());
    await until(() => writing.reached);
    const end = one.app.close();
    stage.server.respond = () => ({ status: 503 });
    writing.letGo();
    await end;
    expect(await call).toMatchObject({ code: 'token_endpoint_unavailable' });
    expect(record()).not.toHaveProperty('spending');
    expect(stage.lock.holders.size).toBe(0);
  });

  describe('with another API', () => {
    const clients = {
      api: { baseURL: 'https://api.example.com', token: 'user' },
      mail: { baseURL: 'https://mail.example.com', token: 'user', scope: 'mail' },
    } as const;
    const getMail = ({ users }: { users: UserTokenService }) =>
      runAs('alice', async () => (await users.getToken('mail')).accessToken);

    it('a token that was invalidated is gone, also where another replica writes at that moment', async () => {
      const { one, two } = await signedIn(2, { clients });
      expect([await one.get(), await two.get()]).toEqual(['at-0', 'at-0']);
      const writing = stage.store.hold(/^replace /);
      const invalidation = runAs('alice', () => one.users.invalidate('api'));
      await until(() => writing.reached);
      expect(await getMail(two)).toBe('at-1');
      writing.letGo();
      await invalidation;
      expect([await one.get(), await two.get()]).toEqual(['at-2', 'at-2']);
      // What the other has got for its API stays.
      expect([await getMail(one), await getMail(two)]).toEqual(['at-1', 'at-1']);
      expect(spent()).toEqual(['rt-0', 'rt-1']);
    });

    it('a call whose token lives waits for no other replica, and for no call that does', async () => {
      const { one } = await signedIn(1, { clients });
      // What it has is due, and lives for 50 seconds more.
      stage.clock.advance({ seconds: 250 });
      note('a dead one', TURN_MS);
      const waiting = getMail(one);
      await until(() => stage.clock.naps.length > 2);
      expect(await one.get()).toBe('at-0');
      expect(stage.server.requests).toHaveLength(0);
      stage.clock.advance({ ms: TURN_MS });
      expect(await waiting).toBe('at-1');
    });
  });

  it('a lock that was not given back holds up nobody who finds in the store what it waits for', async () => {
    const { one, two } = await expired(2);
    stage.lock.releaseThrows = true;
    const letGo = stage.authorization.hold();
    const first = one.get();
    await until(() => stage.authorization.refreshes === 1);
    const second = two.get();
    await until(() => stage.lock.asked >= 2);
    letGo();
    expect([await first, await second]).toEqual(['at-1', 'at-1']);
    expect(stage.lock.holders.size).toBe(1);
    expect(spent()).toEqual(['rt-0']);
  });

  it('a user who signs out is not signed in again by what could not be written before', async () => {
    const { one, two } = await expired(2, {
      issuer: stage.server.origin,
      tokenEndpoint: undefined,
    });
    await refreshInVain(one, 'throws on writes');
    const signOut = rejection(runAs('alice', () => one.users.revoke()));
    expect(await signOut).toMatchObject({ code: 'user_token_store_failed' });
    // All that there is, what nobody could write included.
    expect(stage.authorization.revoked).toContain('rt-1');
    stage.store.trouble = undefined;
    // Whoever asks would write it first.
    for (const { get } of [one, two]) {
      expect(await rejection(get())).toMatchObject({ code: 'reauthentication_required' });
    }
    expect(record()).not.toMatchObject({ refreshToken: 'rt-1' });
  });

  it('a token bound to the key of one is not sent by another that has another key', async () => {
    stage.server.respond = async (request) => {
      const { body = {}, ...answer } = await stage.authorization.answer(request);
      return { ...answer, body: { ...(body as object), token_type: 'DPoP' } };
    };
    const [one, two] = [
      await start({ dpop: { key: newPrivateKey() } }),
      await start({ dpop: { key: newPrivateKey() } }),
    ];
    await one.signIn();
    // The token of the sign-in is bound to nothing, and so not to our keys.
    const got = [await one.get(), await two.get(), await one.get(), await two.get()];
    expect(got).toEqual(['at-1', 'at-2', 'at-1', 'at-2']);
    expect(stage.server.requests).toHaveLength(2);
  });

  it('a store that is silent is not waited for by every call', async () => {
    stage.use(TestClock, AtomicStore);
    const store = new MemoryUserTokenStore();
    const { one } = await signedIn(1, {
      userTokenStore: store,
      tokenLock: undefined,
      backchannel: { retries: 0, timeoutMs: 50 },
    });
    const get = store.get.bind(store);
    let asked = 0;
    store.get = () => {
      asked += 1;
      return new Promise(() => {});
    };
    for (let call = 0; call < 10; call++) await rejection(one.get());
    expect(asked).toBe(3);
    stage.clock.advance({ seconds: 1 });
    await Promise.all([rejection(one.get()), rejection(one.get()), rejection(one.get())]);
    expect(asked).toBe(4);
    store.get = get;
    expect(await rejection(one.get())).toMatchObject({
      code: 'user_token_store_failed',
      reason: 'it gave no answer the last times it was asked',
    });
    stage.clock.advance({ seconds: 1 });
    expect(await one.get()).toBe('at-0');
    expect(await one.get()).toBe('at-0');
    expect(codesOf(one)).toEqual(['user_token_store_failed', 'user_token_store_recovered']);
  });

  it('a store that can neither compare nor has a lock is warned of in production', async () => {
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      const without = { tokenLock: undefined };
      const one = await start(without, new SharedStore(stage.clock));
      const two = await start(without, new AtomicStore(stage.clock));
      const three = await start({}, new SharedStore(stage.clock));
      expect(codesOf(one, two, three)).toEqual(['user_tokens_without_lock']);
    } finally {
      process.env['NODE_ENV'] = before;
    }
  });
});
