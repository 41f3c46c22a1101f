import { Keyv } from 'keyv';
import { MemoryStore } from 'express-session';
import {
  KeyvUserTokenStore,
  MemoryUserTokenStore,
  runAs,
  SessionUserTokenStore,
  UserReferenceError,
  UserTokenService,
  type TokenClientModuleOptions,
  type UserReference,
  type UserTokenStore,
} from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { RecordingServer } from '../../support/recording-server.js';
import { newKey } from '../../support/replicas.js';
import { everyFormOf, rejection } from '../../support/secrets.js';
import { SharedStore } from '../../support/shared-store.js';
import { TokenClients } from '../../support/token-clients.js';

const alice = { key: 'a', issuer: 'https://id.example.com', subject: 'alice' };
const signIn = { accessToken: 'at-0', refreshToken: 'rt-0', expiresInSeconds: 300 };

const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url');
const idToken = (claims: object) =>
  `${part({ alg: 'none' })}.${part({ iss: alice.issuer, aud: 'web', ...claims })}.x`;

const stores: [string, () => UserTokenStore][] = [
  ['memory', () => new MemoryUserTokenStore()],
  ['web sessions', () => new SessionUserTokenStore({ sessionStore: new MemoryStore() })],
  ['Keyv', () => new KeyvUserTokenStore(new Keyv())],
];

describe('references to users', () => {
  let server: RecordingServer;
  let api: RecordingServer;
  let clock: TestClock;

  beforeAll(async () => {
    server = await RecordingServer.start();
    api = await RecordingServer.start();
  });

  beforeEach(() => {
    clock = new TestClock();
    server.requests.length = api.requests.length = 0;
    server.respond = () => ({
      body: { access_token: 'at-1', token_type: 'Bearer', expires_in: 300, refresh_token: 'rt-1' },
    });
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => Promise.all([server.stop(), api.stop()]));

  async function started(more: Partial<TokenClientModuleOptions> = {}) {
    const clients = await TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'web',
      clientSecret: 'web-secret',
      clock,
      userTokenStore: new MemoryUserTokenStore(),
      backchannel: { retries: 0 },
      clients: { api: { baseURL: api.origin, token: 'user' } },
      ...more,
    });
    const users = clients.app.get(UserTokenService);
    const getAs = (user: UserReference | string, options = {}) =>
      runAs(user, async () => (await users.getToken('api', options)).accessToken);
    return { users, getAs, call: () => clients.axios('api').get('/') };
  }

  describe.each(stores)('with tokens in %s', (_where, store) => {
    it.each<[string, UserReference]>([
      ['another subject', { ...alice, subject: 'mallory' }],
      ['a subject in other letters', { ...alice, subject: 'Alice' }],
      ['another issuer', { ...alice, issuer: 'https://evil.example.com' }],
      ['another issuer, and no subject', { key: 'a', issuer: 'https://evil.example.com' }],
      ['another subject, and no issuer', { key: 'a', subject: 'mallory' }],
    ])('are refused with %s, whatever they are used for', async (_what, reference) => {
      const { users, getAs, call } = await started({ userTokenStore: store() });
      await users.store(signIn, alice);
      const wishes: (() => Promise<unknown>)[] = [
        () => getAs(reference),
        () => getAs(reference, { force: true }),
        () => runAs(reference, () => users.getToken()),
        () => runAs(reference, call),
        () => runAs(reference, () => users.session()),
        () => users.session(reference),
        () => runAs(reference, () => users.invalidate('api')),
        () => runAs(reference, () => users.revoke()),
        () => users.revoke({ user: reference }),
        () => runAs(reference, () => users.clear()),
        () => users.clear(reference),
        () => users.store({ ...signIn, accessToken: 'planted' }, reference),
        () => runAs(reference, () => users.store({ ...signIn, accessToken: 'planted' })),
      ];
      for (const wish of wishes) {
        const error = await rejection(wish());
        expect(error).toBeInstanceOf(UserReferenceError);
        expect(error).toMatchObject({
          code: 'user_reference_refused',
          fault: 'contradiction',
          message:
            'A reference to a user is refused: it names another user than the tokens under its key belong to. Whoever made it has changed it, or somebody else has signed in under that key. (see: errors#user_reference_refused)',
        });
        expect(everyFormOf(error)).not.toMatch(/mallory|evil|at-0|rt-0/);
      }
      expect(server.requests).toHaveLength(0);
      expect(api.requests).toHaveLength(0);
      expect(await getAs(alice)).toBe('at-0');
    });

    it('are good in full, as JSON, and by the key alone', async () => {
      const { users, getAs } = await started({ userTokenStore: store() });
      await users.store(signIn, alice);
      const queued = JSON.parse(JSON.stringify(alice)) as UserReference;
      const sparse = { key: 'a', issuer: null, subject: null } as never;
      for (const one of [alice, queued, sparse, { key: 'a' }, 'a']) {
        expect(await getAs(one)).toBe('at-0');
        expect(await users.session(one)).toMatchObject({ subject: 'alice' });
      }
    });

    it('of two applications do not meet, nor do keys that look alike', async () => {
      const shared = store();
      const [one, other] = [
        await started({ userTokenStore: shared }),
        await started({ userTokenStore: shared, clientId: 'other' }),
      ];
      await one.users.store(signIn, alice);
      expect(await rejection(other.getAs(alice))).toMatchObject({
        code: 'reauthentication_required',
        reason: 'no tokens are stored for the user',
      });
      await other.users.store({ ...signIn, accessToken: 'of-other' }, alice);
      expect([await one.getAs(alice), await other.getAs(alice)]).toEqual(['at-0', 'of-other']);
      await other.users.revoke({ user: alice });
      expect(await one.getAs(alice)).toBe('at-0');
      for (const key of ['A', 'a ', 'https://id.example.com:a', '../a']) {
        expect(await one.users.session(key)).toBeUndefined();
      }
      const replica = await started({ userTokenStore: shared });
      expect(await replica.getAs(alice)).toBe('at-0');
    });
  });

  it.each<[string, TokenClientModuleOptions['encryptionKeys']]>([
    ['as they are', 'none'],
    ['encrypted with the same key', [newKey()]],
  ])('of two applications do not meet in one database, %s', async (_how, encryptionKeys) => {
    const database = new SharedStore(clock);
    const at = (clientId: string) =>
      started({ userTokenStore: new KeyvUserTokenStore(database), encryptionKeys, clientId });
    const [one, replica, other] = [await at('web'), await at('web'), await at('other')];
    await one.users.store(signIn, alice);
    expect(await rejection(other.getAs(alice))).toMatchObject({
      code: 'reauthentication_required',
    });
    await other.users.store({ ...signIn, accessToken: 'of-other' }, alice);
    expect(await one.getAs(alice)).toBe('at-0');
    expect(await replica.getAs(alice)).toBe('at-0');
    expect(await other.getAs(alice)).toBe('of-other');
    expect(database.rows.size).toBe(2);
    // Names of places say nothing, in letters that every backend tells apart.
    for (const key of database.rows.keys()) {
      expect(key).toMatch(/^nestjs-access-tokens:user:[\w-]{43}$/);
    }
  });

  it('cannot be changed while work is done for them', async () => {
    const { users, getAs } = await started();
    await users.store(signIn, alice);
    await users.store({ ...signIn, accessToken: 'of-bob' }, 'b');
    const mine: { key: string } = { key: 'a' };
    const token = await runAs(mine, async () => {
      mine.key = 'b';
      return (await users.getToken('api')).accessToken;
    });
    expect(token).toBe('at-0');
    expect(await getAs('b')).toBe('of-bob');
  });

  it.each([undefined, null, '', 5, [], {}, { key: '' }, { key: ['a'] }, { key: 'a', subject: 5 }])(
    'that are none are refused: %j',
    async (nobody) => {
      const { users } = await started();
      expect(() => runAs(nobody as never, () => 1)).toThrow(
        new TypeError('runAs: no user. Give what UserTokenService.currentUser() returned.'),
      );
      if (nobody !== undefined) {
        expect(await rejection(users.session(nobody as never))).toBeInstanceOf(TypeError);
      }
    },
  );

  it('are not used for whoever signs in under the key during a refresh', async () => {
    const userTokenStore = new MemoryUserTokenStore();
    const { users, getAs } = await started({ userTokenStore });
    const replica = await started({ userTokenStore });
    await users.store(signIn, alice);
    clock.advance({ seconds: 250 });
    server.respond = async () => {
      await replica.users.clear('a');
      await replica.users.store(
        { ...signIn, accessToken: 'of-bob', refreshToken: 'of-bob' },
        { ...alice, subject: 'bob' },
      );
      return { status: 400, body: { error: 'invalid_grant' } };
    };
    const error = await rejection(getAs(alice));
    expect(error).toMatchObject({ code: 'user_reference_refused' });
    expect(await replica.getAs('a')).toBe('of-bob');
  });

  describe('keep who the user is', () => {
    const refreshWith = (claims: object) => {
      server.respond = () => ({
        body: {
          access_token: 'at-1',
          token_type: 'Bearer',
          expires_in: 300,
          refresh_token: 'rt-1',
          id_token: idToken(claims),
        },
      });
    };
    const FOREIGN = {
      code: 'reauthentication_required',
      reason: 'the refreshed ID token is about somebody else',
    };

    it('also without an ID token', async () => {
      const { users } = await started();
      await users.store(signIn, alice);
      expect(await users.session('a')).toMatchObject({ issuer: alice.issuer, subject: 'alice' });
      await users.store({ ...signIn, idToken: undefined }, { key: 'b', subject: 'bob' });
      expect(await users.session('b')).toMatchObject({ issuer: undefined, subject: 'bob' });
      // What one of both does not say, the other may.
      await users.store({ ...signIn, idToken: idToken({ sub: 'carol' }) }, { key: 'c' });
      expect(await users.session('c')).toMatchObject({ issuer: alice.issuer, subject: 'carol' });
      await users.store({ ...signIn, idToken: idToken({ iss: undefined, sub: 'alice' }) }, alice);
      expect(await users.session('a')).toMatchObject({ issuer: alice.issuer, subject: 'alice' });
    });

    it.each<[string, object]>([
      ['another subject', { sub: 'bob' }],
      ['no subject', {}],
      ['another issuer', { sub: 'alice', iss: 'https://evil.example.com' }],
    ])('against a refreshed ID token with %s', async (_what, claims) => {
      for (const first of [undefined, idToken({ sub: 'alice' })]) {
        const { users, getAs } = await started();
        await users.store({ ...signIn, idToken: first }, alice);
        refreshWith(claims);
        expect(await rejection(getAs(alice, { force: true }))).toMatchObject(FOREIGN);
        expect(await users.session('a')).toMatchObject({ subject: 'alice', ended: true });
      }
    });

    it('of whom nothing was known, from the first ID token on', async () => {
      const { users, getAs } = await started();
      await users.store(signIn, 'a');
      refreshWith({ sub: 'alice' });
      expect(await getAs('a', { force: true })).toBe('at-1');
      expect(await users.session(alice)).toMatchObject({ subject: 'alice', ended: false });
      refreshWith({ sub: 'bob' });
      expect(await rejection(getAs('a', { force: true }))).toMatchObject(FOREIGN);
    });
  });

  describe('that are sealed', () => {
    const keys = [newKey()];
    const purpose = 'exports';
    const fault = (work: () => unknown) => {
      try {
        work();
      } catch (error) {
        expect(error).toBeInstanceOf(UserReferenceError);
        return (error as UserReferenceError).fault;
      }
      return undefined;
    };

    it('pass through a queue as text that says nothing, to any replica', async () => {
      const { users } = await started({ encryptionKeys: keys });
      await users.store(signIn, alice);
      const sealed = runAs(alice, () => users.sealReference({ purpose }));
      expect(sealed).toMatch(/^user-reference\.v1\.[\w-]+\.[\w-]+$/);
      expect(sealed).not.toBe(users.sealReference({ purpose, user: alice }));
      const worker = await started({ encryptionKeys: keys });
      await worker.users.store(signIn, alice);
      const job = JSON.parse(JSON.stringify({ user: sealed })) as { user: string };
      const user = worker.users.openReference(job.user, { purpose });
      expect(user).toEqual(alice);
      expect(await worker.getAs(user)).toBe('at-0');
      expect(
        worker.users.openReference(users.sealReference({ purpose, user: 'a' }), { purpose }),
      ).toEqual({ key: 'a' });
    });

    it('are opened for their purpose, in their application and in time, and not otherwise', async () => {
      const { users } = await started({ encryptionKeys: keys });
      const sealed = users.sealReference({ purpose, user: alice });
      expect(fault(() => users.openReference(sealed, { purpose: 'mails' }))).toBe('other_purpose');
      const other = await started({ encryptionKeys: keys, clientId: 'other' });
      expect(fault(() => other.users.openReference(sealed, { purpose }))).toBe('other_application');
      const elsewhere = await started({
        encryptionKeys: keys,
        tokenEndpoint: 'https://id.example.com/token',
      });
      expect(fault(() => elsewhere.users.openReference(sealed, { purpose }))).toBe(
        'other_application',
      );
      const short = users.sealReference({ purpose, user: alice, expiresInSeconds: 60 });
      clock.advance({ seconds: 59 });
      expect(users.openReference(short, { purpose })).toEqual(alice);
      clock.advance({ seconds: 1 });
      expect(fault(() => users.openReference(short, { purpose }))).toBe('expired');
      clock.advance({ seconds: 24 * 60 * 60 - 61 });
      expect(users.openReference(sealed, { purpose })).toEqual(alice);
      clock.advance({ seconds: 1 });
      expect(fault(() => users.openReference(sealed, { purpose }))).toBe('expired');
    });

    it('survive a change of keys for as long as the old one is there', async () => {
      const next = newKey();
      const old = await started({ encryptionKeys: keys });
      const during = await started({ encryptionKeys: [next, ...keys] });
      const after = await started({ encryptionKeys: [next] });
      const sealed = old.users.sealReference({ purpose, user: alice });
      expect(during.users.openReference(sealed, { purpose })).toEqual(alice);
      expect(fault(() => after.users.openReference(sealed, { purpose }))).toBe('unknown_key');
      const newer = during.users.sealReference({ purpose, user: alice });
      expect(after.users.openReference(newer, { purpose })).toEqual(alice);
      expect(fault(() => old.users.openReference(newer, { purpose }))).toBe('unknown_key');
    });

    it('cannot be made up or changed', async () => {
      const { users } = await started({ encryptionKeys: keys });
      const sealed = users.sealReference({ purpose, user: alice });
      const [name, version, id, payload = ''] = sealed.split('.');
      for (let at = 0; at < payload.length; at += 7) {
        const changed = `${payload.slice(0, at)}${payload[at] === 'A' ? 'B' : 'A'}${payload.slice(at + 1)}`;
        const text = [name, version, id, changed].join('.');
        expect(fault(() => users.openReference(text, { purpose }))).toBe('forged');
      }
      const made = JSON.stringify({ ...alice, purpose, expiresAt: Infinity });
      const texts: [unknown, string][] = [
        [`user-reference.v1.${id}.${Buffer.from(made).toString('base64url')}`, 'forged'],
        [`user-reference.v1.${id}.A`, 'forged'],
        [`user-reference.v1.AAAAAAAAAAA.${payload}`, 'unknown_key'],
        [`user-reference.v0.${id}.${payload}`, 'malformed'],
        [`v1.${id}.${payload}`, 'malformed'],
        [`${sealed}.x`, 'malformed'],
        [`${sealed}\n`, 'malformed'],
        [` ${sealed}`, 'malformed'],
        ['a', 'malformed'],
        ['', 'malformed'],
        [made, 'malformed'],
        [alice, 'malformed'],
        [[sealed], 'malformed'],
        [null, 'malformed'],
        [undefined, 'malformed'],
      ];
      for (const [text, expected] of texts) {
        expect(fault(() => users.openReference(text as string, { purpose }))).toBe(expected);
      }
    });

    it('are no other thing that the same keys have encrypted', async () => {
      const database = new SharedStore(clock);
      const { users } = await started({
        encryptionKeys: keys,
        userTokenStore: new KeyvUserTokenStore(database),
      });
      await users.store(signIn, alice);
      const [row = ''] = database.rows.values();
      const { sealed } = JSON.parse(row) as { sealed: string };
      const text = `user-reference.${sealed}`;
      expect(fault(() => users.openReference(text, { purpose }))).toBe('forged');
    });

    it('are no user to runAs and the service: they have to be opened first', async () => {
      const { users } = await started({ encryptionKeys: keys });
      const sealed = users.sealReference({ purpose, user: alice });
      const refused = new TypeError(
        'runAs: the reference is sealed. Open it with UserTokenService.openReference().',
      );
      expect(() => runAs(sealed, () => 1)).toThrow(refused);
      expect(() => runAs({ key: sealed }, () => 1)).toThrow(refused);
      expect(await rejection(users.session(sealed))).toBeInstanceOf(TypeError);
    });

    it.each<[TokenClientModuleOptions['encryptionKeys']]>([[undefined], ['none']])(
      'need keys: not %j',
      async (encryptionKeys) => {
        const { users } = await started({ encryptionKeys });
        const missing = expect.objectContaining({
          code: 'invalid_configuration',
          message: expect.stringContaining('encryptionKeys: missing.') as string,
        }) as Error;
        expect(() => users.sealReference({ purpose, user: alice })).toThrow(missing);
        const text = 'user-reference.v1.AAAAAAAAAAA.AAAA';
        expect(() => users.openReference(text, { purpose })).toThrow(missing);
      },
    );

    it('need a user, a purpose, and an end', async () => {
      const { users } = await started({ encryptionKeys: keys });
      expect(() => users.sealReference({ purpose })).toThrow(
        expect.objectContaining({ code: 'no_user' }) as Error,
      );
      for (const wrong of ['', undefined, 5]) {
        const options = { purpose: wrong as string, user: alice };
        expect(() => users.sealReference(options)).toThrow(TypeError);
        expect(() => users.openReference('x', options)).toThrow(TypeError);
      }
      for (const expiresInSeconds of [0, -1, NaN, Infinity, '60' as never]) {
        expect(() => users.sealReference({ purpose, user: alice, expiresInSeconds })).toThrow(
          TypeError,
        );
      }
    });
  });
});
