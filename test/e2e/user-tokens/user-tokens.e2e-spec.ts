import {
  MemoryUserTokenStore,
  runAs,
  UserTokenService,
  type TokenClientModuleOptions,
  type TokenClientOptions,
  type UserTokenRecord,
  type UserTokenSet,
} from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { placeOf } from '../../support/place-of.js';
import { RecordingServer, type Responder } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';
import { until } from '../../support/until.js';

/** A store whose operations can be made to fail or to wait. */
class UnreliableStore extends MemoryUserTokenStore {
  failing: 'get' | 'set' | undefined;
  writes = 0;
  beforeSet: (() => Promise<void> | void) | undefined;

  override async get(user: string): Promise<UserTokenRecord | undefined> {
    if (this.failing === 'get') throw new Error('redis://user:hunter2@host is down');
    return super.get(user);
  }

  override async set(user: string, record: UserTokenRecord, expected?: string): Promise<boolean> {
    await this.beforeSet?.();
    if (this.failing === 'set') throw new Error('redis://user:hunter2@host is down');
    this.writes++;
    return super.set(user, record, expected);
  }
}

/** A token endpoint that rotates refresh tokens, takes each once, and ends the grant where one comes twice. */
class RotatingServer {
  alive = true;
  refreshes = 0;
  private current = new Set(['rt-0']);

  readonly respond: Responder = ({ path, body }) => {
    const form = new URLSearchParams(body);
    if (path === '/revoke') {
      this.alive = false;
      return { body: '' };
    }
    const token = form.get('refresh_token') ?? '';
    if (!this.alive || !this.current.delete(token)) {
      this.alive = false;
      return { status: 400, body: { error: 'invalid_grant' } };
    }
    const next = `rt-${++this.refreshes}`;
    this.current.add(next);
    return {
      body: {
        access_token: `at-${this.refreshes}-${form.get('resource') ?? form.get('scope') ?? 'plain'}`,
        token_type: 'Bearer',
        expires_in: 300,
        refresh_token: next,
      },
    };
  };
}

describe('the token of a user', () => {
  let server: RecordingServer;
  let api: RecordingServer;
  let rotating: RotatingServer;
  let clock: TestClock;
  let store: UnreliableStore;

  beforeAll(async () => {
    server = await RecordingServer.start();
    api = await RecordingServer.start();
  });

  beforeEach(() => {
    clock = new TestClock();
    store = new UnreliableStore();
    rotating = new RotatingServer();
    server.respond = rotating.respond;
    server.requests.length = api.requests.length = 0;
    api.respond = () => ({ body: {} });
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => Promise.all([server.stop(), api.stop()]));

  /** The rotating server, which can be discovered and revokes as well. */
  const discovering: Responder = (request, response) =>
    request.path.includes('well-known')
      ? {
          body: {
            issuer: server.origin,
            token_endpoint: `${server.origin}/token`,
            revocation_endpoint: `${server.origin}/revoke`,
          },
        }
      : rotating.respond(request, response);

  const signIn: UserTokenSet = { accessToken: 'at-0', refreshToken: 'rt-0', expiresInSeconds: 300 };

  async function started(
    more: Partial<TokenClientModuleOptions> = {},
    client: Partial<TokenClientOptions> = {},
  ) {
    const clients = await TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'web',
      clientSecret: 'web-secret',
      clock,
      userTokenStore: store,
      backchannel: { retries: 0 },
      clients: {
        profile: { baseURL: api.origin, token: 'user', ...client },
        mail: { baseURL: api.origin, token: 'user', resource: 'urn:mail' },
        files: { baseURL: api.origin, token: 'user', resource: 'urn:files' },
      },
      ...more,
    });
    const users = clients.app.get(UserTokenService);
    const getAs = (user: string, name = 'profile', options = {}) =>
      runAs(user, async () => (await users.getToken(name, options)).accessToken);
    return { users, getAs, logs: clients.logs, clients };
  }

  describe('is handed out', () => {
    it('as the sign-in brought it, while it is young', async () => {
      const { users, getAs, clients } = await started();
      await users.store(signIn, 'alice');
      expect(await getAs('alice')).toBe('at-0');
      await runAs('alice', () => clients.axios('profile').get('/me'));
      expect(api.authorizations).toEqual(['Bearer at-0']);
      expect(await runAs('alice', async () => (await users.getToken()).accessToken)).toBe('at-0');
      expect(server.requests).toHaveLength(0);
    });

    it('to its user alone, through one client that is used by all at once', async () => {
      server.respond = ({ body }) => {
        const [, user] = (new URLSearchParams(body).get('refresh_token') ?? '').split(':');
        return {
          body: {
            access_token: `fresh-${user}`,
            token_type: 'Bearer',
            expires_in: 300,
            refresh_token: `rt2:${user}`,
          },
        };
      };
      const { users, clients } = await started();
      const names = Array.from({ length: 20 }, (_, index) => `user${index}`);
      for (const name of names) {
        await users.store(
          { ...signIn, accessToken: `old-${name}`, refreshToken: `rt:${name}` },
          name,
        );
      }
      clock.advance({ minutes: 10 });
      const call = (name: string) => runAs(name, () => clients.axios('profile').get(`/${name}`));
      await Promise.all([...names, ...names, ...names].map(call));
      expect(server.requests).toHaveLength(20);
      for (const { path, headers } of api.requests) {
        expect(headers.authorization).toBe(`Bearer fresh-${path.slice(1)}`);
      }
    });

    it('for each resource and scope by itself, with one refresh token', async () => {
      const { users, getAs } = await started();
      await users.store(signIn, 'alice');
      const tokens = await Promise.all([
        getAs('alice', 'mail'),
        getAs('alice', 'files'),
        getAs('alice', 'mail'),
        getAs('alice', 'profile', { scope: 'write' }),
      ]);
      expect(tokens.map((token) => token.split('-')[2])).toEqual([
        'urn:mail',
        'urn:files',
        'urn:mail',
        'write',
      ]);
      expect(rotating.refreshes).toBe(3);
      expect(rotating.alive).toBe(true);
      expect(await getAs('alice', 'mail')).toBe(tokens[0]);
      expect(await getAs('alice')).toBe('at-0');
      expect(rotating.refreshes).toBe(3);
    });

    it('where the scopes asked for are just those of the sign-in', async () => {
      const { users, getAs } = await started({}, { scope: 'write read' });
      await users.store({ ...signIn, scope: 'openid email read write' }, 'alice');
      expect(await getAs('alice')).toBe('at-0');
      expect(server.requests).toHaveLength(0);
    });

    it('after 401 with a new one, once for all calls', async () => {
      api.respond = ({ headers }) => ({
        status: headers.authorization === 'Bearer at-0' ? 401 : 200,
        body: {},
      });
      const { users, clients } = await started();
      await users.store(signIn, 'alice');
      const calls = Array.from({ length: 100 }, () =>
        runAs('alice', () => clients.axios('profile').get('/')),
      );
      const answers = await Promise.all(calls);
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      expect(rotating.refreshes).toBe(1);
    });
  });

  describe('is refreshed', () => {
    it('once for a hundred calls, and the grant lives', async () => {
      const { users, getAs } = await started();
      await users.store(signIn, 'alice');
      clock.advance({ minutes: 6 });
      const tokens = await Promise.all(Array.from({ length: 100 }, () => getAs('alice')));
      expect(new Set(tokens)).toEqual(new Set(['at-1-plain']));
      expect(rotating.refreshes).toBe(1);
      expect(rotating.alive).toBe(true);
    });

    it.each([
      [300, 239, 241],
      [50, 39, 41],
      [3600, 3539, 3541],
    ])(
      'a minute before its end, or for the last fifth of a short life: %d s',
      async (lifetime, young, due) => {
        const { users, getAs } = await started();
        await users.store({ ...signIn, expiresInSeconds: lifetime }, 'alice');
        clock.advance({ seconds: young });
        expect(await getAs('alice')).toBe('at-0');
        clock.advance({ seconds: due - young });
        expect(await getAs('alice')).toBe('at-1-plain');
      },
    );

    it('as long before its end as the application wants', async () => {
      const { users, getAs } = await started({ refreshBeforeExpirySeconds: 10 });
      await users.store(signIn, 'alice');
      clock.advance({ seconds: 289 });
      expect(await getAs('alice')).toBe('at-0');
      clock.advance({ seconds: 2 });
      expect(await getAs('alice')).toBe('at-1-plain');
    });

    it('with the parameters that the server wants besides, which a revocation has as well', async () => {
      const { users, getAs } = await started({
        parameters: { region: 'north' },
        tokenEndpoint: undefined,
        issuer: server.origin,
      });
      server.respond = discovering;
      await users.store({ ...signIn, expiresInSeconds: 1 }, 'alice');
      clock.advance({ seconds: 1 });
      await getAs('alice');
      expect(await users.revoke({ user: 'alice', token: 'refresh' })).toEqual({
        refreshToken: 'revoked',
        accessTokens: 'none',
      });
      const sent = server.requests
        .filter(({ method }) => method === 'POST')
        .map(({ path, body }) => [path, Object.fromEntries(new URLSearchParams(body))]);
      expect(sent).toEqual([
        ['/token', { grant_type: 'refresh_token', refresh_token: 'rt-0', region: 'north' }],
        ['/revoke', { token: 'rt-1', token_type_hint: 'refresh_token', region: 'north' }],
      ]);
    });

    it('and is not said to be revoked by a server that has no place for its kind, without a warning', async () => {
      const { users, logs } = await started({ tokenEndpoint: undefined, issuer: server.origin });
      server.respond = (request, response) => {
        if (request.path !== '/revoke') return discovering(request, response);
        const refresh = request.body.includes('token_type_hint=refresh_token');
        return refresh
          ? { status: 200 }
          : { status: 400, body: { error: 'unsupported_token_type' } };
      };
      await users.store(signIn, 'alice');
      expect(await users.revoke({ user: 'alice' })).toEqual({
        refreshToken: 'revoked',
        accessTokens: 'unsupported',
      });
      expect(logs.ours).toEqual([]);
      expect(await users.session('alice')).toBeUndefined();
    });

    it.each(['', ' ', undefined, 7, null])(
      'of nobody where the ID token names nobody: %p',
      async (sub) => {
        const { users } = await started();
        const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
        const said = { iss: server.origin, aud: 'web', sub };
        const idToken = `${part({ alg: 'none' })}.${part(said)}.`;
        await users.store({ ...signIn, idToken }, 'someone');
        expect(await users.session('someone')).toMatchObject({ subject: undefined });
        // Nor does it say that the user is another.
        await users.store({ ...signIn, idToken }, { key: 'alice', subject: 'alice' });
        expect(await users.session('alice')).toMatchObject({ subject: 'alice' });
      },
    );

    it('as customizeTokenRequest wants it for the call', async () => {
      const { users, clients } = await started({
        customizeTokenRequest: ({ headers }, request) => ({
          ...request,
          resource: headers['x-resource'],
        }),
      });
      await users.store(signIn, 'alice');
      const call = (resource: string) =>
        runAs('alice', () =>
          clients.axios('profile').get('/', { headers: { 'x-resource': resource } }),
        );
      await Promise.all([call('urn:a'), call('urn:b'), call('urn:a')]);
      expect(rotating.refreshes).toBe(2);
      const used = api.authorizations.map((header) => String(header?.split('-')[2])).toSorted();
      expect(used).toEqual(['urn:a', 'urn:a', 'urn:b']);
    });

    it('again and again, each time with the refresh token that came last', async () => {
      const { users, getAs } = await started();
      await users.store(signIn, 'alice');
      for (let turn = 1; turn <= 5; turn++) {
        clock.advance({ minutes: 6 });
        expect(await getAs('alice')).toBe(`at-${turn}-plain`);
      }
      expect(rotating.alive).toBe(true);
    });

    it('with the old refresh token where none comes back', async () => {
      server.respond = () => ({
        body: { access_token: 'new', token_type: 'Bearer', expires_in: 300 },
      });
      const { users, getAs } = await started();
      await users.store(signIn, 'alice');
      clock.advance({ minutes: 6 });
      await getAs('alice');
      clock.advance({ minutes: 6 });
      await getAs('alice');
      const sent = server.requests.map(({ body }) =>
        new URLSearchParams(body).get('refresh_token'),
      );
      expect(sent).toEqual(['rt-0', 'rt-0']);
    });

    it('on demand', async () => {
      const { users, getAs } = await started();
      await users.store(signIn, 'alice');
      expect(await getAs('alice', 'profile', { force: true })).toBe('at-1-plain');
    });

    it('after the clock was set back', async () => {
      const { users, getAs } = await started();
      await users.store(signIn, 'alice');
      clock.advance({ minutes: -30 });
      expect(await getAs('alice')).toBe('at-1-plain');
    });

    it('though the first caller leaves', async () => {
      const { users, getAs } = await started();
      await users.store(signIn, 'alice');
      clock.advance({ minutes: 6 });
      const controller = new AbortController();
      const first = rejection(getAs('alice', 'profile', { signal: controller.signal }));
      const second = getAs('alice');
      controller.abort(new Error('gone'));
      expect(await first).toMatchObject({ message: 'gone' });
      expect(await second).toBe('at-1-plain');
    });

    it('in vain, as long as the token at hand lives', async () => {
      const { users, getAs } = await started();
      await users.store(signIn, 'alice');
      clock.advance({ seconds: 250 });
      server.respond = () => ({ status: 503 });
      expect(await getAs('alice')).toBe('at-0');
      clock.advance({ seconds: 60 });
      expect(await rejection(getAs('alice'))).toMatchObject({ code: 'token_endpoint_unavailable' });
      server.respond = rotating.respond;
      expect(await getAs('alice')).toBe('at-1-plain');
    });

    it('not twice where nobody knows whether the first request arrived', async () => {
      const { users, getAs } = await started({ backchannel: { retries: 5 } });
      await users.store(signIn, 'alice');
      clock.advance({ minutes: 6 });
      server.respond = (_request, response) => void response.destroy();
      await rejection(getAs('alice'));
      expect(server.requests).toHaveLength(1);
    });

    it.each([429, 503])('twice where the server turned it away unread: %d', async (status) => {
      const { users, getAs } = await started({ backchannel: { retries: 1 } });
      await users.store(signIn, 'alice');
      clock.advance({ minutes: 6 });
      let first = true;
      server.respond = (request, response) => {
        if (!first) return rotating.respond(request, response);
        first = false;
        return { status };
      };
      expect(await getAs('alice')).toBe('at-1-plain');
    });
  });

  it('tells hooks when it was refreshed, and when it could not be', async () => {
    const told: unknown[] = [];
    const { users, getAs } = await started({
      hooks: {
        tokenRenewed: ({ client, first }) => void told.push([client, first]),
        tokenRequestFailed: ({ client, error }) => void told.push([client, error.name]),
      },
    });
    await users.store(signIn, 'alice');
    clock.advance({ minutes: 6 });
    await getAs('alice');
    server.respond = () => ({ status: 503 });
    clock.advance({ minutes: 6 });
    await rejection(getAs('alice'));
    server.respond = () => ({ status: 400, body: { error: 'invalid_grant' } });
    await rejection(getAs('alice'));
    expect(told).toEqual([
      ['profile', false],
      ['profile', 'TokenEndpointUnavailableError'],
      ['profile', 'ReauthenticationRequiredError'],
    ]);
  });

  describe('cannot be had', () => {
    it('without a user', async () => {
      const { users, clients } = await started();
      const error = await rejection(clients.axios('profile').get('/'));
      expect(error).toMatchObject({ name: 'NoUserError', code: 'no_user', client: 'profile' });
      expect(users.currentUser()).toBeUndefined();
      expect(api.requests).toHaveLength(0);
    });

    it('without a user, unless the token of the application will do', async () => {
      server.respond = ({ body }) => ({
        body: { access_token: body.slice(0, 29), token_type: 'Bearer', expires_in: 60 },
      });
      const { clients } = await started({}, { withoutUser: 'client' });
      await clients.axios('profile').get('/');
      expect(api.authorizations).toEqual(['Bearer grant_type=client_credentials']);
    });

    it('where nothing is stored for the user', async () => {
      const { getAs } = await started();
      expect(await rejection(getAs('alice'))).toMatchObject({
        name: 'ReauthenticationRequiredError',
        code: 'reauthentication_required',
        client: 'profile',
        message:
          "Client 'profile' got no token of the user: no tokens are stored for the user. The user has to sign in again. (see: errors#reauthentication_required)",
      });
    });

    it('when it has ended and there is no refresh token', async () => {
      const { users, getAs } = await started();
      await users.store({ accessToken: 'at-0', expiresInSeconds: 300 }, 'alice');
      clock.advance({ seconds: 299 });
      expect(await getAs('alice')).toBe('at-0');
      clock.advance({ seconds: 1 });
      expect(await rejection(getAs('alice'))).toMatchObject({ code: 'reauthentication_required' });
      expect(server.requests).toHaveLength(0);
    });

    it('when the grant has ended: the server is asked once, and never again', async () => {
      const { users, getAs } = await started();
      await users.store(signIn, 'alice');
      rotating.alive = false;
      clock.advance({ minutes: 6 });
      const errors = await Promise.all(Array.from({ length: 50 }, () => rejection(getAs('alice'))));
      expect(errors[0]).toMatchObject({
        code: 'reauthentication_required',
        reason: 'the authorization server does not accept the refresh token',
      });
      expectNoSecret(errors, 'rt-0', 'at-0');
      await rejection(getAs('alice', 'mail'));
      await rejection(getAs('alice', 'profile', { force: true }));
      expect(server.requests).toHaveLength(1);
      expect(await runAs('alice', () => users.session())).toMatchObject({
        ended: true,
        renewable: false,
      });

      rotating = new RotatingServer();
      server.respond = rotating.respond;
      await users.store({ ...signIn, accessToken: 'at-again' }, 'alice');
      expect(await getAs('alice')).toBe('at-again');
    });

    it('when the grant has ended, where the store forgets that', async () => {
      const { users, getAs } = await started();
      await users.store(signIn, 'alice');
      rotating.alive = false;
      clock.advance({ minutes: 6 });
      store.failing = 'set';
      await rejection(getAs('alice'));
      store.failing = undefined;
      expect(await rejection(getAs('alice'))).toMatchObject({ code: 'reauthentication_required' });
      expect(server.requests).toHaveLength(1);
    });
  });

  describe('in the memory of the process', () => {
    const before = process.env['NODE_ENV'];

    afterEach(() => {
      process.env['NODE_ENV'] = before;
    });

    it.each<[string, boolean, number]>([
      ['is warned about in production', false, 1],
      ['is nothing to warn about where it was asked for', true, 0],
    ])('%s', async (_case, chosen, warnings) => {
      process.env['NODE_ENV'] = 'production';
      const { logs } = await started(chosen ? {} : { userTokenStore: undefined });
      const lines = logs.ours.filter((line) => line.includes('user_token_store_memory'));
      expect(lines).toHaveLength(warnings);
    });
  });

  describe('is stored', () => {
    it('before anybody gets to use it', async () => {
      const { users, getAs } = await started();
      await users.store(signIn, 'alice');
      clock.advance({ minutes: 6 });
      let proceed = () => {};
      store.beforeSet = () => new Promise((resolve) => (proceed = resolve));
      let served = false;
      const call = getAs('alice').then((token) => {
        served = true;
        return token;
      });
      await until(() => rotating.refreshes === 1 && server.requests.length === 1);
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      expect(served).toBe(false);
      store.beforeSet = undefined;
      proceed();
      expect(await call).toBe('at-1-plain');
    });

    it('later, where the store fails: loudly, and without losing the new refresh token', async () => {
      const { users, getAs, logs } = await started();
      await users.store(signIn, 'alice');
      clock.advance({ minutes: 6 });
      store.failing = 'set';
      const error = await rejection(getAs('alice'));
      expect(error).toMatchObject({
        name: 'UserTokenStoreError',
        code: 'user_token_store_failed',
        operation: 'write',
      });
      expectNoSecret([error, logs], 'hunter2', 'rt-1', 'at-1');
      expect(logs.ours).toContainEqual(
        expect.stringMatching(/^error .*user_token_store_failed: /) as string,
      );
      await rejection(getAs('alice'));
      store.failing = undefined;
      expect(await getAs('alice')).toBe('at-1-plain');
      expect(rotating.refreshes).toBe(1);
      clock.advance({ minutes: 6 });
      expect(await getAs('alice')).toBe('at-2-plain');
      expect(rotating.alive).toBe(true);
    });

    it('by a peer, who was faster: its token is used, and nothing is asked for', async () => {
      const { users, getAs } = await started();
      await users.store(signIn, 'alice');
      clock.advance({ minutes: 6 });
      // Another process refreshes between our look at the store and our use of the refresh token.
      server.respond = async (request, response) => {
        server.respond = rotating.respond;
        await users.store({ ...signIn, accessToken: 'at-peer', refreshToken: 'rt-peer' }, 'bob');
        const alice = placeOf('alice', `${server.origin}/token`);
        const theirs = await store.get(placeOf('bob', `${server.origin}/token`));
        const ours = await store.get(alice);
        if (theirs && ours) await store.set(alice, { ...theirs, version: 'peer' }, ours.version);
        return request.path === '/token'
          ? { status: 400, body: { error: 'invalid_grant' } }
          : rotating.respond(request, response);
      };
      expect(await getAs('alice')).toBe('at-peer');
      expect(server.requests).toHaveLength(1);
    });

    it('not at all, when the user signs out during the refresh: the new tokens are revoked', async () => {
      const { users, getAs } = await started({
        tokenEndpoint: undefined,
        issuer: server.origin,
      });
      server.respond = discovering;
      await users.store(signIn, 'alice');
      clock.advance({ minutes: 6 });
      store.beforeSet = async () => {
        store.beforeSet = undefined;
        await users.clear('alice');
      };
      expect(await rejection(getAs('alice'))).toMatchObject({
        code: 'reauthentication_required',
        reason: 'the user has signed out',
      });
      const revoked = server.requests.filter(({ path }) => path === '/revoke');
      expect(revoked.map(({ body }) => new URLSearchParams(body).get('token'))).toEqual(['rt-1']);
      expect(await store.get(placeOf('alice', server.origin))).toBeUndefined();
    });
  });

  describe('comes with an ID token', () => {
    const idToken = (claims: object) =>
      ['{"alg":"RS256"}', JSON.stringify(claims), 'signature']
        .map((part) => Buffer.from(part).toString('base64url'))
        .join('.');
    const alice = { iss: 'https://id.example.com', sub: 'alice', aud: 'web' };

    it.each<[string, object, boolean]>([
      ['about the same user', alice, true],
      ['for several clients', { ...alice, aud: ['x', 'web'] }, true],
      ['about somebody else', { ...alice, sub: 'mallory' }, false],
      ['of another issuer', { ...alice, iss: 'https://evil.example' }, false],
      ['for another client', { ...alice, aud: 'other' }, false],
    ])('on refresh: %s', async (_case, claims, good) => {
      server.respond = () => ({
        body: {
          access_token: 'new',
          token_type: 'Bearer',
          expires_in: 300,
          refresh_token: 'rt-1',
          id_token: idToken(claims),
        },
      });
      const { users, getAs } = await started();
      await users.store({ ...signIn, idToken: idToken(alice) }, 'alice');
      clock.advance({ minutes: 6 });
      const outcome = await getAs('alice').catch((error: unknown) => error);
      if (good) expect(outcome).toBe('new');
      else expect(outcome).toMatchObject({ code: 'reauthentication_required' });
    });

    it('whose claims can be shown, and nothing that is secret', async () => {
      const { users } = await started();
      await users.store({ ...signIn, scope: 'openid', idToken: idToken(alice) }, 'alice');
      const session = await users.session('alice');
      expect(session).toEqual({
        issuer: alice.iss,
        subject: 'alice',
        claims: alice,
        accessTokens: [{ scopes: ['openid'], expiresAt: new Date(clock.now() + 300_000) }],
        renewable: true,
        ended: false,
      });
      expectNoSecret(session, 'at-0', 'rt-0', idToken(alice));
    });
  });
});
