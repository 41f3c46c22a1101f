import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { MemoryStore } from 'express-session';
import { Keyv } from 'keyv';
import {
  KeyvUserTokenStore,
  MemoryUserTokenStore,
  SessionUserTokenStore,
  type Clock,
  type KeyvLike,
  type TokenLease,
  type TokenLock,
  type UserTokenRecord,
  type UserTokenStore,
} from 'nestjs-access-tokens';
import { ReplicaLock } from '../../lib/replicas/replica-lock.js';
import { TestClock } from '../support/clock.js';
import { rejection } from '../support/secrets.js';

const record = (version: string): UserTokenRecord => ({
  version,
  issuer: 'https://id.example.com',
  subject: 'alice',
  refreshToken: `refresh-${version}`,
  idToken: undefined,
  accessTokens: {
    '': {
      accessToken: 'access',
      tokenType: 'Bearer',
      requestedAt: 1,
      expiresAt: 2,
      scopes: ['read'],
      requestedScopes: [],
    },
  },
  ended: false,
});

describe.each<[string, () => { store: UserTokenStore; spoil?: (value: unknown) => unknown }]>([
  ['MemoryUserTokenStore', () => ({ store: new MemoryUserTokenStore() })],
  [
    'KeyvUserTokenStore',
    () => {
      const keyv = new Keyv();
      const spoil = (value: unknown) => keyv.set('nestjs-access-tokens:user:alice', value);
      return { store: new KeyvUserTokenStore(keyv), spoil };
    },
  ],
  [
    'SessionUserTokenStore',
    () => {
      const sessionStore = new MemoryStore();
      const spoil = (tokens: unknown) =>
        sessionStore.set('user-tokens:alice', { cookie: {}, tokens } as never);
      return { store: new SessionUserTokenStore({ sessionStore }), spoil };
    },
  ],
])('%s', (_name, create) => {
  it('gives back what was written, and nothing where nothing was', async () => {
    const { store } = create();
    expect(await store.get('alice')).toBeUndefined();
    expect(await store.set('alice', record('1'), undefined)).toBe(true);
    expect(await store.get('alice')).toEqual(record('1'));
    expect(await store.get('bob')).toBeUndefined();
  });

  it('writes only where nobody else has written', async () => {
    const { store } = create();
    await store.set('alice', record('1'), undefined);
    expect(await store.set('alice', record('2'), undefined)).toBe(false);
    expect(await store.set('alice', record('2'), '0')).toBe(false);
    expect(await store.set('alice', record('2'), '1')).toBe(true);
    expect(await store.set('alice', record('3'), '1')).toBe(false);
    expect(await store.get('alice')).toEqual(record('2'));
    expect(await store.set('bob', record('1'), '1')).toBe(false);
  });

  it('forgets what is deleted, and does not mind where there is nothing', async () => {
    const { store } = create();
    await store.set('alice', record('1'), undefined);
    await store.delete('alice');
    await store.delete('alice');
    expect(await store.get('alice')).toBeUndefined();
    expect(await store.set('alice', record('2'), '1')).toBe(false);
  });

  it.each<[string, unknown]>([
    ['text', 'record'],
    ['a list', []],
    ['half of a record', { version: '1', ended: false }],
    ['tokens that are none', { ...record('1'), accessTokens: { '': 'token' } }],
    ['a token without an end', { ...record('1'), accessTokens: { '': { accessToken: 'x' } } }],
    ['a refresh token that is none', { ...record('1'), refreshToken: 7 }],
    ['something encrypted that is none', { ...record('1'), sealed: 7 }],
  ])('takes anything else for nothing: %s', async (_case, value) => {
    const { store, spoil } = create();
    if (!spoil) return;
    await spoil(value);
    expect(await store.get('alice')).toBeUndefined();
    expect(await store.set('alice', record('1'), undefined)).toBe(true);
    expect(await store.get('alice')).toEqual(record('1'));
  });
});

describe('KeyvUserTokenStore', () => {
  it('keeps records as long as it is told, counted from the last change', async () => {
    const written: unknown[] = [];
    const keyv = {
      get: async () => undefined,
      set: async (...given: unknown[]) => written.push(given),
      delete: async () => true,
    };
    await new KeyvUserTokenStore(keyv).set('alice', record('1'), undefined);
    await new KeyvUserTokenStore(keyv, { ttlMs: 1000 }).set('alice', record('1'), undefined);
    const month = 30 * 24 * 60 * 60 * 1000;
    expect(written).toEqual([
      ['nestjs-access-tokens:user:alice', { ...record('1'), user: 'alice' }, month],
      ['nestjs-access-tokens:user:alice', { ...record('1'), user: 'alice' }, 1000],
    ]);
  });

  it('takes nobody for another, where a client of the backend mistakes whose answer it has got', async () => {
    const backend = new Keyv();
    const store = new KeyvUserTokenStore(backend);
    await store.set('alice', record('1'), undefined);
    const get = backend.get.bind(backend);
    backend.get = ((key: string) => get(key.replace('bob', 'alice'))) as typeof backend.get;
    expect(await store.get('bob')).toBeUndefined();
    expect(await store.set('bob', record('2'), '1')).toBe(false);
    expect(await store.get('alice')).toEqual(record('1'));
  });

  it('does not believe that something was written where Keyv says no', async () => {
    const keyv = { get: async () => undefined, set: async () => false, delete: async () => true };
    const store = new KeyvUserTokenStore(keyv);
    expect(await rejection(store.set('alice', record('1'), undefined))).toMatchObject({
      message: 'Keyv could not write',
    });
  });
});

describe('KeyvUserTokenStore, over a backend that only tells of errors', () => {
  class Telling extends EventEmitter implements KeyvLike {
    readonly listenersSeen = new Set<number>();
    during: () => void = () => {};

    get(): Promise<undefined> {
      return this.answer(undefined);
    }

    set(): Promise<boolean> {
      return this.answer(true);
    }

    delete(): Promise<boolean> {
      return this.answer(false);
    }

    private async answer<T>(answer: T): Promise<T> {
      this.listenersSeen.add(this.listenerCount('error'));
      await setImmediate();
      this.during();
      return answer;
    }
  }

  it('listens once, however many calls there are', async () => {
    const backend = new Telling();
    const store = new KeyvUserTokenStore(backend);
    const users = Array.from({ length: 200 }, (_, index) => `user ${index}`);
    await Promise.all(users.flatMap((user) => [store.get(user), store.delete(user)]));
    expect([...backend.listenersSeen]).toEqual([1]);
    expect(backend.listenerCount('error')).toBe(1);
  });

  it('fails what was under way then, and nothing else', async () => {
    const backend = new Telling();
    const store = new KeyvUserTokenStore(backend);
    backend.emit('error', new Error('before'));
    expect(await store.get('alice')).toBeUndefined();
    backend.during = () => backend.emit('error', new Error('password-of-the-store'));
    for (const work of [
      () => store.get('alice'),
      () => store.set('alice', record('1')),
      () => store.delete('alice'),
    ]) {
      expect(await rejection(work())).toEqual(new Error('The backend of Keyv failed'));
    }
    backend.during = () => {};
    expect(await store.set('alice', record('1'))).toBe(true);
  });
});

describe('KeyvUserTokenStore, with several processes', () => {
  /** A backend whose next write waits at a gate. */
  class Backend implements KeyvLike {
    readonly values = new Map<string, unknown>();
    gate: Promise<void> | undefined;

    async get(key: string): Promise<unknown> {
      return this.values.get(key);
    }

    async set(key: string, value: unknown): Promise<boolean> {
      const gate = this.gate;
      this.gate = undefined;
      await gate;
      this.values.set(key, value);
      return true;
    }

    async delete(key: string): Promise<boolean> {
      return this.values.delete(key);
    }
  }

  class Lock implements TokenLock {
    readonly held = new Map<string, number>();
    readonly taken: string[] = [];
    fails = false;

    async acquire(key: string, ttlMs: number): Promise<TokenLease | undefined> {
      if (this.fails) throw new Error('down');
      if (this.held.has(key)) return undefined;
      this.held.set(key, ttlMs);
      this.taken.push(key);
      return { release: async () => void this.held.delete(key) };
    }
  }

  const logger = new Logger('TokenClientModule');

  beforeAll(() => Logger.overrideLogger(false));

  afterAll(() => Logger.overrideLogger(true));

  function gateOf(backend: Backend): () => void {
    let open = () => {};
    backend.gate = new Promise((resolve) => (open = resolve));
    return open;
  }

  /** Two stores over one backend, as two processes have them. Whoever waits for the lock opens the gate. */
  async function twoStores() {
    const backend = new Backend();
    const lock = new Lock();
    const waits = { open: () => {}, count: 0 };
    const clock: Clock = {
      now: () => 0,
      sleep: async () => {
        waits.count++;
        waits.open();
      },
    };
    const [one, two] = [new KeyvUserTokenStore(backend), new KeyvUserTokenStore(backend)];
    for (const store of [one, two]) store.guardWith(new ReplicaLock(lock, clock, logger));
    await one.set('alice', record('1'), undefined);
    waits.open = gateOf(backend);
    return { backend, lock, one, two, waits };
  }

  it('lets one write after the other, so that the second sees what the first has written', async () => {
    const { lock, one, two, waits } = await twoStores();
    const both = [one.set('alice', record('2'), '1'), two.set('alice', record('3'), '1')];
    expect(await Promise.all(both)).toEqual([true, false]);
    expect(await two.get('alice')).toEqual(record('2'));
    expect(waits.count).toBeGreaterThan(0);
    expect(lock.taken).toHaveLength(3);
    expect(lock.held.size).toBe(0);
  });

  it('lets a sign-out wait for a write, which would bring the user back', async () => {
    const { lock, one, two } = await twoStores();
    await Promise.all([one.set('alice', record('2'), '1'), two.delete('alice')]);
    expect(await two.get('alice')).toBeUndefined();
    expect(await one.set('alice', record('3'), '2')).toBe(false);
    expect(lock.held.size).toBe(0);
  });

  it('lets nobody wait for another user', async () => {
    const { one, two, waits } = await twoStores();
    const waiting = one.set('alice', record('2'), '1');
    expect(await two.set('bob', record('1'), undefined)).toBe(true);
    expect(waits.count).toBe(0);
    waits.open();
    expect(await waiting).toBe(true);
  });

  it('gives the lock back where the backend fails', async () => {
    const { backend, lock, one } = await twoStores();
    backend.get = () => Promise.reject(new Error('down'));
    expect(await rejection(one.set('alice', record('2'), '1'))).toMatchObject({ message: 'down' });
    expect(lock.held.size).toBe(0);
  });

  it.each<[string, (lock: Lock) => void, number]>([
    ['fails', (lock) => (lock.fails = true), 0],
    ['is not to be had for a second', (lock) => (lock.acquire = async () => undefined), 1000],
  ])('goes on without a lock that %s', async (_case, spoil, waited) => {
    const lock = new Lock();
    spoil(lock);
    const clock = new TestClock();
    const store = new KeyvUserTokenStore(new Backend());
    store.guardWith(new ReplicaLock(lock, clock, logger));
    expect(await store.set('alice', record('1'), undefined)).toBe(true);
    expect(Math.round(clock.naps.reduce((sum, nap) => sum + nap, 0))).toBe(waited);
    await store.delete('alice');
    expect(await store.get('alice')).toBeUndefined();
  });

  it('leaves it to a backend that can compare for itself, and takes no lock', async () => {
    const values = new Map<string, unknown>();
    const replaced: unknown[][] = [];
    const backend: KeyvLike = {
      get: async (key) => values.get(key) ?? null,
      set: () => Promise.reject(new Error('not to be used')),
      delete: async (key) => values.delete(key),
      replace: async (...given) => {
        replaced.push(given);
        const [key, expected, value] = given;
        if (values.get(key) !== expected) return false;
        values.set(key, value);
        return true;
      },
    };
    const lock = new Lock();
    const store = new KeyvUserTokenStore(backend, { ttlMs: 1000 });
    store.guardWith(new ReplicaLock(lock, new TestClock(), logger));
    const key = 'nestjs-access-tokens:user:alice';
    const [one, two] = [record('1'), record('2')];
    expect(await store.set('alice', one, undefined)).toBe(true);
    expect(await store.set('alice', two, '0')).toBe(false);
    // Both have looked before either writes.
    const both = [store.set('alice', two, '1'), store.set('alice', record('3'), '1')];
    expect(await Promise.all(both)).toEqual([true, false]);
    expect(await store.get('alice')).toEqual(two);
    const [kept, ...next] = [one, two, record('3')].map((each) => ({ ...each, user: 'alice' }));
    expect(replaced).toEqual([
      [key, undefined, kept, 1000],
      [key, kept, next[0], 1000],
      [key, kept, next[1], 1000],
    ]);
    await store.delete('alice');
    expect(await store.get('alice')).toBeUndefined();
    expect(lock.taken).toEqual([]);
  });
});

describe('KeyvUserTokenStore, signing out where the backend can delete on a condition', () => {
  const key = 'nestjs-access-tokens:user:alice';

  /** Tells of each step, before it is done. */
  class Backend implements KeyvLike {
    readonly values = new Map<string, unknown>();
    readonly done: unknown[][] = [];
    before: (step: string) => unknown = () => undefined;

    async get(name: string): Promise<unknown> {
      this.done.push(['get']);
      await this.before('get');
      return this.values.get(name) ?? null;
    }

    async set(): Promise<never> {
      throw new Error('not to be used');
    }

    async delete(): Promise<never> {
      throw new Error('not to be used');
    }

    async replace(): Promise<never> {
      throw new Error('not to be used');
    }

    async deleteIf(name: string, expected: unknown) {
      this.done.push(['deleteIf', expected]);
      await this.before('deleteIf');
      return this.values.get(name) === expected && this.values.delete(name);
    }
  }

  let backend: Backend;
  let store: KeyvUserTokenStore;
  const [one, two] = [record('1'), record('2')];

  beforeEach(() => {
    backend = new Backend();
    store = new KeyvUserTokenStore(backend);
    backend.values.set(key, one);
  });

  afterEach(() => jest.useRealTimers());

  it('takes away what was read, and needs nothing where nothing is', async () => {
    await store.delete('alice');
    expect(backend.values.size).toBe(0);
    await store.delete('alice');
    expect(backend.done).toEqual([['get'], ['deleteIf', one], ['get']]);
  });

  it('looks again where somebody has written in between', async () => {
    backend.before = (step) => {
      if (step === 'deleteIf' && backend.done.length === 2) backend.values.set(key, two);
    };
    await store.delete('alice');
    expect(backend.values.size).toBe(0);
    expect(backend.done.slice(2)).toEqual([['get'], ['deleteIf', two]]);
  });

  it('does not say that it is gone where others write again and again', async () => {
    backend.before = (step) => {
      if (step === 'deleteIf') backend.values.set(key, record('x'));
    };
    expect(await rejection(store.delete('alice'))).toMatchObject({
      message: 'Others changed the record again and again',
    });
    expect(backend.done).toHaveLength(10);
    expect(backend.values.get(key)).toEqual(record('x'));
  });

  it.each(['get', 'deleteIf'])(
    'leaves a newer sign-in alone, where the server comes back after it was given up: %s',
    async (late) => {
      jest.useFakeTimers();
      let comeBack = () => {};
      const away = new Promise<void>((resolve) => (comeBack = resolve));
      backend.before = (step) => (step === late ? away : undefined);
      const failed = rejection(store.delete('alice'));
      await jest.advanceTimersByTimeAsync(2_000);
      expect(await failed).toMatchObject({ message: 'gave no answer within 2000 ms' });
      backend.values.set(key, two);
      comeBack();
      await jest.advanceTimersByTimeAsync(2_000);
      expect(backend.values.get(key)).toBe(two);
      expect(backend.done.at(-1)?.[0]).toBe(late);
    },
  );
});

describe('SessionUserTokenStore', () => {
  it('passes on what the store of the sessions fails with', async () => {
    const failing = (...given: unknown[]) => {
      (given.at(-1) as (error: unknown) => void)(new Error('down'));
    };
    const sessionStore = { get: failing, set: failing, destroy: failing };
    const store = new SessionUserTokenStore({ sessionStore });
    for (const work of [store.get('a'), store.set('a', record('1')), store.delete('a')]) {
      expect(await rejection(work)).toMatchObject({ message: 'down' });
    }
  });

  it('says what is missing where there are no sessions', async () => {
    expect(await rejection(new SessionUserTokenStore().get('a'))).toMatchObject({
      message: 'There is no session store: is the session middleware in place?',
    });
  });
});
