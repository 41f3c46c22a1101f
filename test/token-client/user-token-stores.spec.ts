import { MemoryStore } from 'express-session';
import { Keyv } from 'keyv';
import {
  KeyvUserTokenStore,
  MemoryUserTokenStore,
  SessionUserTokenStore,
  type UserTokenRecord,
  type UserTokenStore,
} from 'nestjs-access-tokens';
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
  ])('takes anything else for nothing: %s', async (_case, value) => {
    const { store, spoil } = create();
    if (!spoil) return;
    await spoil(value);
    expect(await store.get('alice')).toBeUndefined();
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
      ['nestjs-access-tokens:user:alice', record('1'), month],
      ['nestjs-access-tokens:user:alice', record('1'), 1000],
    ]);
  });

  it('does not believe that something was written where Keyv says no', async () => {
    const keyv = { get: async () => undefined, set: async () => false, delete: async () => true };
    const store = new KeyvUserTokenStore(keyv);
    expect(await rejection(store.set('alice', record('1'), undefined))).toMatchObject({
      message: 'Keyv could not write',
    });
  });
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
