import { randomBytes } from 'node:crypto';
import { MemoryStore } from 'express-session';
import { Keyv } from 'keyv';
import {
  ConfigurationError,
  KeyvUserTokenStore,
  RedisStore,
  SessionUserTokenStore,
  type KeyvLike,
} from 'nestjs-access-tokens';
import { TokenClients } from '../support/token-clients.js';

const shared = {
  tokenEndpoint: 'https://id.example.com/token',
  clientId: 'web',
  clientSecret: 'web-secret',
  clients: { api: { baseURL: 'https://api.example.com', token: 'user' } },
};
const HOW = 'Make one with: openssl rand -base64 32.';
const key = randomBytes(32);

/** Anything that is no Keyv on a Map: it could be anywhere. */
const elsewhere: KeyvLike = {
  get: async () => undefined,
  set: async () => true,
  delete: async () => true,
};
const adapter = { ...elsewhere, opts: {}, on: () => undefined, clear: async () => undefined };

async function faultsOf(options: object): Promise<readonly string[]> {
  try {
    await TokenClients.start({ ...shared, ...options } as never);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

afterEach(() => TokenClients.stopAll());

describe('encryptionKeys', () => {
  it.each<[string, unknown]>([
    ['none', 'none'],
    ['one in base64', [key.toString('base64')]],
    ['one in base64url', [key.toString('base64url')]],
    ['one in base64url with padding', [`${key.toString('base64url')}=`]],
    ['several', [randomBytes(32).toString('base64'), key.toString('base64')]],
  ])('can be %s', async (_case, encryptionKeys) => {
    expect(await faultsOf({ encryptionKeys })).toEqual([]);
  });

  it.each<[string, unknown, string[]]>([
    [
      'a text',
      key.toString('base64'),
      ["encryptionKeys: not a list. Give keys of 32 bytes as base64 in an array, or 'none'."],
    ],
    [
      'null',
      null,
      ["encryptionKeys: not a list. Give keys of 32 bytes as base64 in an array, or 'none'."],
    ],
    [
      'an empty list',
      [],
      [`encryptionKeys: empty. Give a key of 32 bytes as base64, or 'none'. ${HOW}`],
    ],
    [
      'what the environment does not have',
      [undefined, ''],
      [0, 1].map(
        (index) => `encryptionKeys[${index}]: missing. Is the environment variable set? ${HOW}`,
      ),
    ],
    [
      'keys that are too short, too long, or in something else than base64',
      [
        randomBytes(31).toString('base64'),
        randomBytes(33).toString('base64'),
        key.toString('hex'),
        `${key.toString('base64')}\n`,
        ` ${key.toString('base64')}`,
        key.toString('base64').slice(0, -1) + '!',
        'a passphrase of thirty-two bytes',
        'x'.repeat(1_000_000),
        7,
        key,
        'none',
      ],
      Array.from(
        { length: 11 },
        (_, index) => `encryptionKeys[${index}]: not 32 bytes in base64. ${HOW}`,
      ),
    ],
    [
      'keys that are no secret',
      [Buffer.alloc(32).toString('base64'), Buffer.alloc(32, 7).toString('base64')],
      [0, 1].map((index) => `encryptionKeys[${index}]: the same byte all over. ${HOW}`),
    ],
    [
      'a key twice, however it is written',
      [randomBytes(32).toString('base64'), key.toString('base64'), key.toString('base64url')],
      ['encryptionKeys[2]: the same key as encryptionKeys[1]. Remove it.'],
    ],
  ])('cannot be %s', async (_case, encryptionKeys, faults) => {
    expect(await faultsOf({ encryptionKeys })).toEqual(faults);
  });

  it('have one spelling: bits that base64 does not use are not passed over', async () => {
    // The last character of 32 bytes carries four bits; Node reads 'B' as 'A' there.
    const spelt = `${Buffer.alloc(32, Buffer.from([1, 2, 0]))
      .toString('base64')
      .slice(0, -2)}B=`;
    expect(Buffer.from(spelt, 'base64')).toHaveLength(32);
    expect(await faultsOf({ encryptionKeys: [spelt] })).toEqual([
      `encryptionKeys[0]: not 32 bytes in base64. ${HOW}`,
    ]);
  });

  const missing = (what: string) => [
    `encryptionKeys: missing. Tokens leave the process with ${what}: give a key of 32 bytes as base64, or 'none' to let them leave as they are. ${HOW}`,
  ];

  it.each<[string, () => object, string[]]>([
    ['tokenCache', () => ({ tokenCache: elsewhere }), missing('tokenCache')],
    [
      'tokenCache, a Keyv with a backend',
      () => ({ tokenCache: new Keyv({ store: adapter }) }),
      missing('tokenCache'),
    ],
    [
      'userTokenStore',
      () => ({ userTokenStore: new KeyvUserTokenStore(elsewhere) }),
      missing('userTokenStore'),
    ],
    [
      'both',
      () => ({ tokenCache: elsewhere, userTokenStore: new KeyvUserTokenStore(elsewhere) }),
      missing('tokenCache and userTokenStore'),
    ],
  ])('are needed with %s outside of the process', async (_case, options, faults) => {
    expect(await faultsOf(options())).toEqual(faults);
    expect(await faultsOf({ ...options(), encryptionKeys: 'none' })).toEqual([]);
    expect(await faultsOf({ ...options(), encryptionKeys: [key.toString('base64')] })).toEqual([]);
  });

  it.each<[string, () => object]>([
    ['a tokenCache within the process', () => ({ tokenCache: new Keyv() })],
    ['users within the process', () => ({ userTokenStore: new KeyvUserTokenStore(new Keyv()) })],
    [
      'the store of the sessions',
      () => ({ userTokenStore: new SessionUserTokenStore({ sessionStore: new MemoryStore() }) }),
    ],
    ['a store of the application', () => ({ userTokenStore: elsewhere })],
  ])('are not needed with %s', async (_case, options) => {
    expect(await faultsOf(options())).toEqual([]);
  });

  it('are no help to what only looks like a store', async () => {
    const keys = { encryptionKeys: [key.toString('base64')] };
    expect(await faultsOf({ ...keys, tokenCache: new Map() })).toEqual([
      'tokenCache: not a store. Give a Keyv, or an object with get, set and delete, such as a RedisStore.',
    ]);
    const redis = { get() {}, set() {}, del() {}, eval() {}, sendCommand() {} };
    for (const userTokenStore of [new Keyv(), new RedisStore(redis as never)]) {
      expect(await faultsOf({ ...keys, userTokenStore })).toEqual([
        'userTokenStore: a backend, and not a store of user tokens. Give new KeyvUserTokenStore() with it.',
      ]);
    }
  });

  it('are told about together with all other faults, of which none repeats a key', async () => {
    const bad = key.toString('hex');
    expect(
      await faultsOf({
        encryptionKeys: [bad],
        tokenCache: { get: () => undefined, set: () => undefined, del: () => undefined },
        tokenLock: { lock: () => undefined },
      }),
    ).toEqual([
      'tokenCache: not a store. Give a Keyv, or an object with get, set and delete, such as a RedisStore.',
      'tokenLock: has no function acquire(). Give a lock, such as a RedisTokenLock, or leave the option out.',
      `encryptionKeys[0]: not 32 bytes in base64. ${HOW}`,
    ]);
  });
});

describe('tokens of users in the store of the sessions', () => {
  const before = process.env['NODE_ENV'];

  afterEach(() => {
    process.env['NODE_ENV'] = before;
  });

  it.each<[string, string, unknown, number]>([
    ['are warned about in production where they are not encrypted', 'production', undefined, 1],
    ['are not warned about in development', 'development', undefined, 0],
    ['are not warned about where that is meant', 'production', 'none', 0],
    ['are not warned about with keys', 'production', [key.toString('base64')], 0],
  ])('%s', async (_case, environment, encryptionKeys, warnings) => {
    process.env['NODE_ENV'] = environment;
    const userTokenStore = new SessionUserTokenStore({ sessionStore: new MemoryStore() });
    const options = { ...shared, userTokenStore, encryptionKeys };
    const { logs } = await TokenClients.start(options as never);
    const lines = logs.ours.filter((line) => line.includes('user_tokens_not_encrypted'));
    expect(lines).toHaveLength(warnings);
  });
});
