import { exportJWK, generateKeyPair } from 'jose';
import {
  MemoryUserTokenStore,
  runAs,
  UserTokenService,
  type TokenClientModuleOptions,
} from 'nestjs-access-tokens';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { rejection } from '../../support/secrets.js';
import { signIn } from '../../support/sign-in.js';
import { TokenClients } from '../../support/token-clients.js';

/** Against a real authorization server that rotates refresh tokens and ends the grant where one comes twice. */
describe('tokens of users at a server that detects reuse', () => {
  let server: AuthorizationServer;
  let clock: TestClock;

  beforeAll(async () => {
    server = await AuthorizationServer.start({ accessTokenTtlSeconds: 75 });
  });

  beforeEach(() => {
    clock = new TestClock();
    server.clear();
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  async function started(more: Partial<TokenClientModuleOptions> = {}) {
    const clients = await TokenClients.start({
      issuer: server.issuer,
      clientId: 'web',
      clientSecret: 'web-secret',
      clock,
      userTokenStore: new MemoryUserTokenStore(),
      clients: {
        api: { baseURL: 'https://api.example.com', token: 'user' },
        orders: {
          baseURL: 'https://orders.example.com',
          token: 'user',
          resource: 'https://orders.example.com',
        },
      },
      ...more,
    });
    const users = clients.app.get(UserTokenService);
    const enter = async (user: string, options: Parameters<typeof signIn>[1] = {}) => {
      const { expiresIn: expiresInSeconds, ...tokens } = await signIn(server, { user, ...options });
      await users.store({ ...tokens, expiresInSeconds }, user);
      server.clear();
      return tokens;
    };
    const getAs = (user: string, name = 'api', options = {}) =>
      runAs(user, async () => (await users.getToken(name, options)).accessToken);
    return { users, enter, getAs };
  }

  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >;

  it('are refreshed once for a hundred calls, time and again, and the grant lives', async () => {
    const { enter, getAs } = await started();
    const { accessToken } = await enter('alice');
    expect(await getAs('alice')).toBe(accessToken);
    let last = accessToken;
    for (let turn = 1; turn <= 3; turn++) {
      clock.advance({ seconds: 61 });
      const tokens = new Set(await Promise.all(Array.from({ length: 100 }, () => getAs('alice'))));
      expect(tokens.size).toBe(1);
      expect(server.requests.token).toBe(turn);
      const [token = ''] = tokens;
      expect(token).not.toBe(last);
      expect(claimsOf(token)).toMatchObject({ sub: 'alice', client_id: 'web' });
      last = token;
    }
    expect(server.tokenExchanges.every(({ status }) => status === 200)).toBe(true);
  });

  it('are got for several APIs at the same time, each its own, and the grant lives', async () => {
    const { enter, getAs } = await started();
    await enter('alice', {
      scope: 'openid offline_access api1 orders.read',
      resource: ['https://api.example.com', 'https://orders.example.com'],
    });
    clock.advance({ seconds: 70 });
    const wishes = Array.from({ length: 20 }, (_, at) => (at % 2 ? 'orders' : 'api'));
    const tokens = await Promise.all(wishes.map((name) => getAs('alice', name)));
    for (const [at, token] of tokens.entries()) {
      expect(claimsOf(token)['aud']).toBe(
        at % 2 ? 'https://orders.example.com' : 'https://api.example.com',
      );
    }
    expect(server.requests.token).toBe(2);
    clock.advance({ seconds: 70 });
    await Promise.all(wishes.map((name) => getAs('alice', name)));
    expect(server.tokenExchanges.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('of two users are never mixed', async () => {
    const { enter, getAs } = await started();
    await enter('alice');
    await enter('bob');
    for (let turn = 0; turn < 3; turn++) {
      clock.advance({ seconds: 61 });
      const names = Array.from({ length: 20 }, (_, at) => (at % 2 ? 'alice' : 'bob'));
      const tokens = await Promise.all(names.map((name) => getAs(name)));
      expect(tokens.map((token) => claimsOf(token)['sub'])).toEqual(names);
    }
    expect(server.requests.token).toBe(6);
  });

  it('are over when somebody else has used the refresh token, and the server is asked once', async () => {
    const { enter, getAs } = await started();
    const { refreshToken } = await enter('alice');
    const thief = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken });
    const steal = () =>
      fetch(`${server.issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa('web:web-secret')}` },
        body: thief,
      });
    expect((await steal()).status).toBe(200);
    server.clear();
    clock.advance({ seconds: 80 });
    const errors = await Promise.all(Array.from({ length: 20 }, () => rejection(getAs('alice'))));
    for (const error of errors) expect(error).toMatchObject({ code: 'reauthentication_required' });
    expect(server.requests.token).toBe(1);
  });

  it('are revoked when the user signs out', async () => {
    const { users, enter, getAs } = await started();
    const { refreshToken } = await enter('alice');
    expect(await users.revoke({ user: 'alice', token: 'both' })).toMatchObject({
      refreshToken: 'revoked',
    });
    expect(await rejection(getAs('alice'))).toMatchObject({ code: 'reauthentication_required' });
    const answer = await fetch(`${server.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('web:web-secret')}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
  });

  it('survive that the server cannot be reached when the user signs out', async () => {
    const { users, enter } = await started({ backchannel: { retries: 0 } });
    await enter('alice');
    server.intercept = (_kind, _request, response) => {
      response.destroy();
      return true;
    };
    expect(await users.revoke({ user: 'alice', token: 'refresh' })).toEqual({
      refreshToken: 'failed',
      accessTokens: 'none',
    });
    expect(await users.session('alice')).toBeUndefined();
  });

  it('stay bound to their key (DPoP) over refreshes', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const key = await exportJWK(privateKey);
    const { users, enter, getAs } = await started({ dpop: { key } });
    const { tokenType } = await enter('alice', { dpop: { publicKey, privateKey } });
    expect(tokenType.toLowerCase()).toBe('dpop');
    clock.advance({ seconds: 61 });
    expect(claimsOf(await getAs('alice'))).toHaveProperty('cnf.jkt');
    expect((await runAs('alice', () => users.getToken('api'))).tokenType).toBe('DPoP');
  });
});
