import { KeyvUserTokenStore, RedisStore, type UserTokenRecord } from 'nestjs-access-tokens';
import { createClient } from 'redis';
import { rejection } from '../support/secrets.js';
import { CLIENTS, type TestClient } from './support/clients.js';
import { RedisServer } from './support/redis-server.js';

const UNREADABLE: readonly [what: string, stored: Buffer][] = [
  ['not JSON', Buffer.from('O:8:"stdClass"')],
  ['cut off', Buffer.from('{"token":"abc')],
  ['empty', Buffer.alloc(0)],
  ['not even text', Buffer.from([0xff, 0x00, 0xfe, 0x80])],
];

const USER: UserTokenRecord = {
  version: '1',
  issuer: undefined,
  subject: undefined,
  refreshToken: 'refresh',
  idToken: undefined,
  accessTokens: {},
  ended: false,
};

describe.each(CLIENTS)('Values in Redis, over %s', (_name, connect) => {
  let server: RedisServer;
  let observer: ReturnType<typeof createClient>;
  let connected: TestClient;
  let store: RedisStore;

  beforeAll(async () => {
    server = await RedisServer.start();
    observer = createClient({ url: server.url });
    observer.on('error', () => undefined);
    await observer.connect();
    connected = await connect(server.url);
    store = new RedisStore(connected.client);
  });
  beforeEach(() => observer.flushAll());

  /** How often Redis was asked for what is there, since its counts were reset. */
  async function readCommands(): Promise<Record<string, number>> {
    const stats = await observer.info('commandstats');
    const counts: Record<string, number> = {};
    for (const [, name, calls, rejected] of stats.matchAll(
      /cmdstat_(m?get):calls=(\d+),.*rejected_calls=(\d+)/g,
    )) {
      if (Number(calls) > 0) counts[`${name}`] = Number(calls);
      if (Number(rejected) > 0) counts[`${name} rejected`] = Number(rejected);
    }
    return counts;
  }

  afterAll(async () => {
    connected.close();
    observer.destroy();
    await server.stop();
  });

  test.each([{ a: [1, 'ü\u{1F511}\ud800', null] }, 'text', '', 0, false, null, []])(
    'what is written is read: %j',
    async (value) => {
      await store.set('key', value);
      expect(await store.get('key')).toEqual(value);
      expect(await observer.get('key')).toBe(JSON.stringify(value));
      expect(await store.replace('key', value, 'next', 60_000)).toBe(true);
      expect(await store.get('key')).toBe('next');
    },
  );

  test('what is not there is undefined, and can be deleted', async () => {
    expect(await store.get('key')).toBeUndefined();
    expect(await store.delete('key')).toBe(false);
    await store.set('key', 1);
    expect(await store.delete('key')).toBe(true);
    expect(await store.get('key')).toBeUndefined();
  });

  test('what has no JSON is not written', async () => {
    await expect(store.set('key', undefined)).rejects.toThrow(TypeError);
    await expect(store.replace('key', undefined, undefined, 1000)).rejects.toThrow(TypeError);
    expect(await observer.keys('*')).toEqual([]);
  });

  test('several are read at once, in order, with gaps; none are none', async () => {
    await store.set('a', 1);
    await store.set('c', 3);
    await observer.set('d', 'not JSON');
    expect(await store.getMany(['c', 'b', 'a', 'd'])).toEqual([3, undefined, 1, undefined]);
    expect(await store.getMany([])).toEqual([]);
  });

  test('several are read with one command, and one by one where that is forbidden', async () => {
    await store.set('a', 1);
    await observer.configResetStat();
    expect(await store.getMany(['a', 'b'])).toEqual([1, undefined]);
    expect(await readCommands()).toEqual({ mget: 1 });
    await observer.aclSetUser('reader', ['on', 'nopass', '~*', '+@all', '-mget']);
    const reader = await connect(server.url.replace('//', '//reader:any@'));
    try {
      const restricted = new RedisStore(reader.client);
      for (let round = 0; round < 2; round += 1) {
        expect(await restricted.getMany(['a', 'b'])).toEqual([1, undefined]);
      }
      // That it is forbidden is learned once.
      expect(await readCommands()).toEqual({ mget: 1, 'mget rejected': 1, get: 4 });
    } finally {
      reader.close();
      await observer.aclDelUser('reader');
    }
  });

  test('it is kept as long as it is told, or for ever', async () => {
    await store.set('for ever', 1);
    expect(await observer.pTTL('for ever')).toBe(-1);
    for (const [key, write] of [
      ['set', () => store.set('set', 1, 59_999.5)],
      ['replace', () => store.replace('replace', undefined, 1, 59_999.5)],
    ] as const) {
      await write();
      const left = await observer.pTTL(key);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(60_000);
    }
    // No time is the shortest there is, and no error.
    await store.set('short', 1, 0);
    expect(await observer.pTTL('short')).toBeLessThanOrEqual(1);
    expect(await observer.pTTL('short')).not.toBe(-1);
  });

  test('writing without a time takes the time away', async () => {
    await store.set('key', 1, 60_000);
    await store.set('key', 2);
    expect(await observer.pTTL('key')).toBe(-1);
  });

  test('a prefix keeps stores apart', async () => {
    const other = new RedisStore(connected.client, { keyPrefix: 'other:' });
    await other.set('key', 'theirs');
    expect(await other.replace('key', 'theirs', 'new', 60_000)).toBe(true);
    expect(await other.getMany(['key'])).toEqual(['new']);
    expect(await store.get('key')).toBeUndefined();
    expect(await observer.keys('*')).toEqual(['other:key']);
    expect(await other.delete('key')).toBe(true);
  });

  describe('replace', () => {
    test('writes only over what is expected', async () => {
      expect(await store.replace('key', { v: 1 }, { v: 2 }, 60_000)).toBe(false);
      expect(await observer.exists('key')).toBe(0);
      expect(await store.replace('key', undefined, { v: 1 }, 60_000)).toBe(true);
      expect(await store.replace('key', undefined, { v: 9 }, 60_000)).toBe(false);
      expect(await store.replace('key', { v: 2 }, { v: 9 }, 60_000)).toBe(false);
      expect(await store.replace('key', null, { v: 9 }, 60_000)).toBe(false);
      expect(await store.get('key')).toEqual({ v: 1 });
      expect(await store.replace('key', { v: 1 }, { v: 2 }, 60_000)).toBe(true);
      expect(await store.get('key')).toEqual({ v: 2 });
    });

    test.each([undefined, { v: 0 }])('of 50 at once, one wins; before: %j', async (before) => {
      if (before) await store.set('key', before);
      const second = await connect(server.url);
      const stores = [store, new RedisStore(second.client)];
      const won = await Promise.all(
        stores.flatMap((one, which) =>
          Array.from({ length: 25 }, (_, index) =>
            one.replace('key', before, { winner: which * 25 + index }, 60_000),
          ),
        ),
      );
      second.close();
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await store.get('key')).toEqual({ winner: won.indexOf(true) });
    });

    test.each(UNREADABLE)(
      'what is %s reads as nothing and is written over',
      async (_what, stored) => {
        await observer.set('key', stored);
        expect(await store.get('key')).toBeUndefined();
        expect(await store.replace('key', { v: 1 }, { v: 2 }, 60_000)).toBe(false);
        expect(await store.replace('key', undefined, { v: 2 }, 60_000)).toBe(true);
        expect(await store.get('key')).toEqual({ v: 2 });
      },
    );

    test.each(UNREADABLE)('over what is %s, one of 50 wins', async (_what, stored) => {
      await observer.set('key', stored);
      const won = await Promise.all(
        Array.from({ length: 50 }, (_, index) => store.replace('key', undefined, index, 60_000)),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await store.get('key')).toBe(won.indexOf(true));
    });

    test('the same in other words is the same, and keeps nobody out for ever', async () => {
      await observer.set('key', ' { "v": 1.0 } ');
      const read = await store.get('key');
      expect(read).toEqual({ v: 1 });
      expect(await store.replace('key', undefined, 'wrong', 60_000)).toBe(false);
      expect(await store.replace('key', read, { v: 2 }, 60_000)).toBe(true);
      expect(await store.get('key')).toEqual({ v: 2 });
    });
  });

  test('what is there is deleted on a condition, whoever wrote it and in which words', async () => {
    await store.set('key', { v: 1 });
    expect(await store.deleteIf('key', { v: 2 })).toBe(false);
    expect(await store.get('key')).toEqual({ v: 1 });
    expect(await store.deleteIf('key', { v: 1 })).toBe(true);
    expect(await store.deleteIf('key', { v: 1 })).toBe(false);
    await observer.set('key', ' { "v": 1.0 } ');
    expect(await store.deleteIf('key', { v: 1 })).toBe(true);
    expect(await observer.keys('*')).toEqual([]);
    await expect(store.deleteIf('key', undefined)).rejects.toThrow(TypeError);
  });

  test('a user can be signed out of a Redis that is full', async () => {
    const users = new KeyvUserTokenStore(store);
    expect(await users.set('alice', USER)).toBe(true);
    await observer.configSet('maxmemory', '1');
    try {
      await expect(store.set('other', 1)).rejects.toThrow(/OOM/);
      await expect(users.set('alice', { ...USER, version: '2' }, '1')).rejects.toThrow(/OOM/);
      expect(await users.get('alice')).toEqual(USER);
      await users.delete('alice');
      expect(await observer.keys('*')).toEqual([]);
    } finally {
      await observer.configSet('maxmemory', '0');
    }
  });

  test('a Redis that has stopped to answer is not waited for longer than a second', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'performance'] });
    try {
      server.pause();
      const calls = [
        store.get('key'),
        store.getMany(['key', 'other']),
        store.set('key', 1),
        store.replace('key', undefined, 1, 60_000),
        store.delete('key'),
        store.deleteIf('key', 1),
      ].map((call) => rejection(call));
      await jest.advanceTimersByTimeAsync(1_000);
      for (const failed of await Promise.all(calls)) {
        expect(failed).toMatchObject({ message: 'gave no answer within 1000 ms' });
      }
    } finally {
      server.resume();
      jest.useRealTimers();
    }
    await observer.ping();
  });

  test('what is no string of Redis rejects', async () => {
    await observer.lPush('list', 'element');
    await expect(store.get('list')).rejects.toThrow(/WRONGTYPE/);
    await expect(store.replace('list', undefined, 1, 60_000)).rejects.toThrow(/WRONGTYPE/);
    expect(await observer.type('list')).toBe('list');
  });

  test('without a connection, everything rejects', async () => {
    const other = await RedisServer.start();
    const { client, close } = await connect(other.url);
    const lost = new RedisStore(client);
    await lost.set('key', 1);
    await other.stop();
    await expect(lost.get('key')).rejects.toThrow('');
    await expect(lost.getMany(['key', 'other'])).rejects.toThrow('');
    await expect(lost.set('key', 2)).rejects.toThrow('');
    await expect(lost.replace('key', 1, 2, 60_000)).rejects.toThrow('');
    await expect(lost.delete('key')).rejects.toThrow('');
    close();
  });
});
