import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import {
  KeyvUserTokenStore,
  MemoryUserTokenStore,
  type KeyvLike,
  type UserTokenRecord,
  type UserTokenStore,
} from 'nestjs-access-tokens';
import { digestOf } from '../../lib/common/digest.js';
import { KeyRing, plain } from '../../lib/replicas/key-ring.js';
import {
  sealedStore,
  SealedUserTokenStore,
} from '../../lib/user-tokens/sealed-user-token.store.js';
import { MemoryLogger } from '../support/memory-logger.js';

const newKey = () => randomBytes(32).toString('base64');
const [first, second] = [newKey(), newKey()];
const keyOf = (user: string) => `nestjs-access-tokens:user:${user}`;
/** What a record of Alice is bound to. */
const PLACE = `user-tokens:${digestOf(['app', 'alice'])}`;

const record = (version: string, subject = 'subject-of-alice'): UserTokenRecord => ({
  version,
  issuer: 'https://id.example.com',
  subject,
  refreshToken: `refresh-secret-${version}`,
  idToken: 'id-secret',
  accessTokens: {
    'urn:mail': {
      accessToken: 'access-secret',
      tokenType: 'Bearer',
      requestedAt: 1,
      expiresAt: 2,
      scopes: ['mail.read'],
      requestedScopes: [],
    },
  },
  ended: true,
});

/** What is written there is text, as in a database. */
class Texts implements KeyvLike {
  readonly all = new Map<string, string>();

  async get(key: string): Promise<unknown> {
    return this.read(key);
  }

  async set(key: string, value: unknown): Promise<boolean> {
    this.all.set(key, JSON.stringify(value));
    return true;
  }

  async delete(key: string): Promise<boolean> {
    return this.all.delete(key);
  }

  read(key: string): Record<string, unknown> {
    return JSON.parse(this.all.get(key) ?? 'null');
  }
}

describe('SealedUserTokenStore', () => {
  let texts: Texts;
  let logs: MemoryLogger;

  beforeEach(() => {
    texts = new Texts();
    logs = new MemoryLogger();
    Logger.overrideLogger(logs);
  });

  afterAll(() => Logger.overrideLogger(true));

  const openedBy = (application: string, ...keys: string[]) =>
    new SealedUserTokenStore(new KeyvUserTokenStore(texts), new KeyRing(keys), application);
  const opened = (...keys: string[]) => openedBy('app', ...keys);

  it('gives back what was written, and nothing where nothing was', async () => {
    const store = opened(first);
    expect(await store.get('alice')).toBeUndefined();
    expect(await store.set('alice', record('1'), undefined)).toBe(true);
    expect(await store.get('alice')).toEqual(record('1'));
    await store.delete('alice');
    expect(await store.get('alice')).toBeUndefined();
    expect(logs.lines).toEqual([]);
  });

  it('writes only where nobody else has written', async () => {
    const store = opened(first);
    expect(await store.set('alice', record('1'), '0')).toBe(false);
    await store.set('alice', record('1'), undefined);
    expect(await store.set('alice', record('2'), undefined)).toBe(false);
    expect(await store.set('alice', record('2'), '0')).toBe(false);
    expect(await store.set('alice', record('2'), '1')).toBe(true);
    expect(await store.set('alice', record('3'), '1')).toBe(false);
    expect(await store.get('alice')).toEqual(record('2'));
    expect(logs.lines).toEqual([]);
  });

  it('lets nothing out but the version', async () => {
    await opened(first).set('alice', record('1'), undefined);
    const text = [...texts.all].flat().join('\n');
    for (const secret of ['secret', 'subject-of', 'id.example.com', 'urn:mail', 'mail.read']) {
      expect(text).not.toContain(secret);
    }
    expect(texts.read(keyOf('alice'))).toEqual({
      version: '1',
      accessTokens: {},
      ended: false,
      sealed: expect.stringMatching(/^v1\.[\w-]{11}\.[\w-]{300,}$/),
    });
  });

  it('opens for a user what was written for that user, and for nobody else', async () => {
    const store = opened(first);
    await store.set('alice', record('1', 'alice'), undefined);
    await store.set('bob', record('1', 'bob'), undefined);
    const [ofAlice = '', ofBob = ''] = ['alice', 'bob'].map((user) => texts.all.get(keyOf(user)));
    texts.all.set(keyOf('alice'), ofBob).set(keyOf('bob'), ofAlice);
    expect(await store.get('alice')).toBeUndefined();
    expect(await store.get('bob')).toBeUndefined();
    texts.all.set(keyOf('alice'), ofAlice);
    expect(await store.get('alice')).toEqual(record('1', 'alice'));
  });

  it('opens for an application what it has written, and nothing that another one has, with the same key', async () => {
    const [one, two] = [openedBy('one', first), openedBy('two', first)];
    await one.set('alice', record('1'), undefined);
    expect(await two.get('alice')).toBeUndefined();
    expect(await one.get('alice')).toEqual(record('1'));
    expect(await openedBy('one:user', first).get('alice')).toBeUndefined();
    // Where one name ends and the other begins is no matter of how they are written.
    await openedBy('one:user', first).set('bob', record('1'), undefined);
    texts.all.set(keyOf('user:bob'), texts.all.get(keyOf('bob')) ?? '');
    expect(await one.get('user:bob')).toBeUndefined();
  });

  it('opens what was encrypted before a new key came in front, and encrypts with that one', async () => {
    await opened(first).set('alice', record('1'), undefined);
    const rotated = opened(second, first);
    expect(await rotated.get('alice')).toEqual(record('1'));
    expect(await rotated.set('alice', record('2'), '1')).toBe(true);
    expect(await opened(second).get('alice')).toEqual(record('2'));
    expect(await opened(first).get('alice')).toBeUndefined();
  });

  const spoilt: [string, (there: Record<string, unknown>) => unknown][] = [
    ['encrypted with another key', (there) => there],
    ['as it is', () => record('1')],
    [
      'as it is, marked as if encryption was off',
      (there) => ({
        ...there,
        sealed: plain.seal(JSON.stringify(record('1')), PLACE),
      }),
    ],
    ['cut', (there) => ({ ...there, sealed: String(there['sealed']).slice(0, -1) })],
    ['of another version than it says', (there) => ({ ...there, version: '2' })],
    ['empty', (there) => ({ ...there, sealed: undefined })],
    ['a number', (there) => ({ ...there, sealed: 7 })],
    ['no record at all, with a version', () => ({ version: '1', some: 'thing' })],
    ['text', () => 'garbage'],
    ['a list', () => []],
  ];

  it.each(spoilt)('takes for nothing, and overwrites: a record that is %s', async (what, spoil) => {
    const store = opened(what === 'encrypted with another key' ? second : first);
    await opened(first).set('alice', record('1'), undefined);
    await texts.set(keyOf('alice'), spoil(texts.read(keyOf('alice'))));
    expect(await store.get('alice')).toBeUndefined();
    expect(await store.set('alice', record('9'), undefined)).toBe(true);
    expect(await store.get('alice')).toEqual(record('9'));
  });

  it('opens what was encrypted with the key for this place', async () => {
    const sealed = new KeyRing([first]).seal(JSON.stringify(record('1')), PLACE);
    await texts.set(keyOf('alice'), { version: '1', accessTokens: {}, ended: false, sealed });
    expect(await opened(first).get('alice')).toEqual(record('1'));
  });

  it('opens nothing that is not a record, though it was encrypted with the key', async () => {
    const keys = new KeyRing([first]);
    for (const content of ['null', 'no JSON', '{"version":"1"}', '[]']) {
      const sealed = keys.seal(content, PLACE);
      await texts.set(keyOf('alice'), { version: '1', accessTokens: {}, ended: false, sealed });
      expect(await opened(first).get('alice')).toBeUndefined();
    }
  });

  it('does not overwrite what somebody else has signed in with meanwhile', async () => {
    await texts.set(keyOf('alice'), { ...record('1'), user: 'alice' });
    const inner = new KeyvUserTokenStore(texts);
    const slow: UserTokenStore = {
      get: async (user) => {
        const there = await inner.get(user);
        if (there?.version === '1') await texts.set(keyOf(user), { ...record('2'), user });
        return there;
      },
      set: (...given) => inner.set(...given),
      delete: (user) => inner.delete(user),
    };
    const store = new SealedUserTokenStore(slow, new KeyRing([first]), 'app');
    expect(await store.set('alice', record('3'), undefined)).toBe(false);
    expect(await store.set('alice', record('3'), undefined)).toBe(true);
  });

  it('warns once of what it cannot read', async () => {
    await opened(first).set('alice', record('1'), undefined);
    await opened(first).set('bob', record('1'), undefined);
    const store = opened(second);
    for (const user of ['alice', 'bob', 'alice']) expect(await store.get(user)).toBeUndefined();
    expect(logs.ours).toEqual([
      'warn [TokenClientModule] user_tokens_unreadable: Tokens of a user cannot be decrypted. They count as none, and the user has to sign in again. Has a key been removed from encryptionKeys? Keep it there, behind the new one, until what it encrypted has ended. Records from before there were keys cannot be read either.',
    ]);
  });
});

describe('sealedStore', () => {
  it('encrypts what leaves the process, where there are keys', () => {
    const [memory, keyv] = [new MemoryUserTokenStore(), new KeyvUserTokenStore(new Texts())];
    const keys = new KeyRing([first]);
    expect(sealedStore(keyv, keys, 'app')).toBeInstanceOf(SealedUserTokenStore);
    expect(sealedStore(keyv, plain, 'app')).toBe(keyv);
    expect(sealedStore(keyv, undefined, 'app')).toBe(keyv);
    expect(sealedStore(memory, keys, 'app')).toBe(memory);
  });
});
