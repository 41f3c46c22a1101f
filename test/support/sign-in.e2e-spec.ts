import { calculateJwkThumbprint, createRemoteJWKSet, decodeJwt, exportJWK, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { AuthorizationServer, sampleWebClient } from './authorization-server.js';
import { configurationOf, signIn, TestBrowser } from './sign-in.js';

const API = 'https://api.example.com';
const ORDERS = 'https://orders.example.com';
const CALLBACK = 'http://127.0.0.1:6004/auth/callback';

describe('users at the authorization server of the tests', () => {
  let server: AuthorizationServer;
  let web: oidc.Configuration;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    web = await configurationOf(server);
  });
  beforeEach(() => server.clear());
  afterAll(() => server.stop());

  const verify = async (token: string) =>
    jwtVerify(token, createRemoteJWKSet(new URL(`${server.issuer}/jwks`)), {
      issuer: server.issuer,
    });

  const refresh = (refreshToken: string, parameters: Record<string, string> = {}) =>
    oidc.refreshTokenGrant(web, refreshToken, parameters);

  it('get a JWT access token for the API of the scopes, a refresh token and say who they are', async () => {
    const alice = await signIn(server);
    expect(alice).toMatchObject({ expiresIn: 3600, scope: 'api1', tokenType: 'Bearer' });
    expect((await verify(alice.accessToken)).payload).toMatchObject({
      aud: API,
      sub: 'alice',
      client_id: 'web',
      scope: 'api1',
    });
    expect(alice.claims).toMatchObject({
      aud: 'web',
      sub: 'alice',
      name: 'Alice Smith',
      email: 'alice@example.com',
    });
    await expect(server.isAlive(alice.refreshToken)).resolves.toBe(true);
    const bob = await signIn(server, { user: 'bob' });
    expect(bob.claims).toMatchObject({ sub: 'bob', name: 'Bob Jones' });
  });

  it('get a token for the first API when they ask for none', async () => {
    const { accessToken, claims } = await signIn(server, { scope: 'openid' });
    expect((await verify(accessToken)).payload.aud).toBe(API);
    expect(claims).not.toHaveProperty('name');
  });

  it.each([
    ['the scopes', {}],
    ['name them', { resource: [API, ORDERS] }],
  ])('get tokens for several APIs, one at a time, when %s', async (_case, options) => {
    const scope = 'openid api1 orders.read';
    const { accessToken, refreshToken } = await signIn(server, { scope, ...options });
    expect(decodeJwt(accessToken)).toMatchObject({ aud: API, scope: 'api1' });
    const orders = await refresh(refreshToken, { resource: ORDERS });
    expect(orders.scope).toBe('orders.read');
    expect(decodeJwt(orders.access_token)).toMatchObject({ aud: ORDERS, scope: 'orders.read' });
    const byScope = await refresh(orders.refresh_token ?? '', { scope: 'orders.read' });
    expect(decodeJwt(byScope.access_token).aud).toBe(ORDERS);
    const first = await refresh(byScope.refresh_token ?? '');
    expect(decodeJwt(first.access_token)).toMatchObject({ aud: API, scope: 'api1' });
  });

  it('get no token for an API that they did not grant', async () => {
    const { refreshToken } = await signIn(server, { scope: 'openid api1' });
    await expect(refresh(refreshToken, { resource: ORDERS })).rejects.toMatchObject({
      error: 'invalid_target',
    });
    await expect(refresh(refreshToken, { scope: 'reports.read' })).rejects.toMatchObject({
      error: 'invalid_scope',
    });
  });

  it('are told about at userinfo to whoever refreshes for that alone', async () => {
    const { refreshToken } = await signIn(server);
    const { access_token } = await refresh(refreshToken, { scope: 'openid profile' });
    expect(await oidc.fetchUserInfo(web, access_token, 'alice')).toEqual({
      sub: 'alice',
      name: 'Alice Smith',
    });
  });

  it('have a refresh token that is good once', async () => {
    const { refreshToken } = await signIn(server);
    const { refresh_token: next = '' } = await refresh(refreshToken);
    expect(next).not.toBe(refreshToken);
    expect(await server.isAlive(refreshToken)).toBe(false);
    expect(await server.isAlive(next)).toBe(true);
    expect(server).toMatchObject({ refreshTokenReuses: 0, revokedGrants: 0 });
  });

  it('lose the whole grant when a refresh token is used again', async () => {
    const { refreshToken } = await signIn(server);
    const { refresh_token: next = '' } = await refresh(refreshToken);
    await expect(refresh(refreshToken)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(server).toMatchObject({ refreshTokenReuses: 1, revokedGrants: 1 });
    expect(await server.isAlive(next)).toBe(false);
    await expect(refresh(next)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('get one new refresh token, not two, when it is used twice at the same moment', async () => {
    const { refreshToken } = await signIn(server);
    const both = await Promise.allSettled([refresh(refreshToken), refresh(refreshToken)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(server.refreshTokenReuses).toBe(1);
  });

  it('lose the grant by revocation, which is recorded', async () => {
    const { refreshToken } = await signIn(server);
    await oidc.tokenRevocation(web, refreshToken, { token_type_hint: 'refresh_token' });
    expect(server.revocations).toEqual([
      {
        clientId: 'web',
        parameters: { token: refreshToken, token_type_hint: 'refresh_token' },
        status: 200,
      },
    ]);
    expect(server.revokedGrants).toBe(1);
    expect(await server.isAlive(refreshToken)).toBe(false);
  });

  it('do not lose it to another client', async () => {
    const { refreshToken } = await signIn(server);
    const response = await fetch(`${server.issuer}/token/revocation`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('client:secret')}` },
      body: new URLSearchParams({ token: refreshToken }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
    expect(await server.isAlive(refreshToken)).toBe(true);
  });

  it('lose it at the hand of an administrator', async () => {
    const { refreshToken } = await signIn(server);
    await server.revokeGrantOf(refreshToken);
    await expect(refresh(refreshToken)).rejects.toMatchObject({ error: 'invalid_grant' });
    const bob = await signIn(server, { user: 'bob' });
    server.forgetUsers();
    expect(await server.isAlive(bob.refreshToken)).toBe(false);
  });

  it('stay signed in when keys are rotated and clients are added', async () => {
    const { refreshToken } = await signIn(server);
    await server.rotateKey();
    const redirect_uris = ['http://127.0.0.1:7000/back'];
    server.register({ client_id: 'new', client_secret: 'new-secret', redirect_uris });
    server.register({ client_id: 'new', client_secret: 'newer-secret', redirect_uris });
    expect(await server.isAlive(refreshToken)).toBe(true);
    const client = { client_id: 'new', client_secret: 'newer-secret', redirect_uris };
    const { accessToken } = await signIn(server, { client, scope: 'openid orders.read' });
    expect((await verify(accessToken)).payload).toMatchObject({ client_id: 'new', aud: ORDERS });
  });

  it('get tokens with the lifetime that a test wants', async () => {
    const short = await AuthorizationServer.start({ accessTokenTtlSeconds: 75 });
    const { accessToken, expiresIn } = await signIn(short);
    await short.stop();
    expect(expiresIn).toBe(75);
    const { exp = 0, iat = 0 } = decodeJwt(accessToken);
    expect(exp - iat).toBe(75);
  });

  it('get tokens bound to a key, if the client has one', async () => {
    const dpop = await oidc.randomDPoPKeyPair();
    const { accessToken, refreshToken, tokenType } = await signIn(server, { dpop });
    expect(tokenType).toBe('DPoP');
    const jkt = await calculateJwkThumbprint(await exportJWK(dpop.publicKey));
    expect(decodeJwt(accessToken)['cnf']).toEqual({ jkt });
    const DPoP = oidc.getDPoPHandle(web, dpop);
    const renewed = await oidc.refreshTokenGrant(web, refreshToken, undefined, { DPoP });
    expect(decodeJwt(renewed.access_token)['cnf']).toEqual({ jkt });
  });

  describe('when they sign in', () => {
    const authorize = async (parameters: Record<string, string> = {}) =>
      oidc.buildAuthorizationUrl(web, {
        redirect_uri: CALLBACK,
        scope: 'openid api1',
        state: 'the-state',
        code_challenge: await oidc.calculatePKCECodeChallenge('v'.repeat(43)),
        code_challenge_method: 'S256',
        ...parameters,
      });
    const answerAt = ({ page }: TestBrowser) => Object.fromEntries(new URL(page.url).searchParams);

    it('may come by a pushed request', async () => {
      const browser = new TestBrowser();
      const pushed = await oidc.buildAuthorizationUrlWithPAR(web, (await authorize()).searchParams);
      expect([...pushed.searchParams.keys()].toSorted()).toEqual(['client_id', 'request_uri']);
      await browser.get(pushed.href, { stopAt: CALLBACK });
      await browser.signIn('alice', { stopAt: CALLBACK });
      expect(answerAt(browser)).toMatchObject({ state: 'the-state', iss: server.issuer });
      expect(answerAt(browser)['code']).toBeDefined();
    });

    it('must prove with PKCE that the same client goes on', async () => {
      const url = await authorize();
      url.searchParams.delete('code_challenge');
      url.searchParams.delete('code_challenge_method');
      const browser = new TestBrowser();
      await browser.get(url.href, { stopAt: CALLBACK });
      expect(answerAt(browser)).toMatchObject({ error: 'invalid_request', state: 'the-state' });
    });

    it('do so once, and consent once, until they sign out or are asked again', async () => {
      const browser = new TestBrowser();
      await signIn(server, { browser });
      await browser.get((await authorize()).href, { stopAt: CALLBACK });
      expect(answerAt(browser)['code']).toBeDefined();

      await browser.get((await authorize({ prompt: 'login' })).href, { stopAt: CALLBACK });
      expect(browser.has('Sign in')).toBe(true);
      await browser.press(
        'Sign in',
        { username: 'alice', password: 'alice-password' },
        {
          stopAt: CALLBACK,
        },
      );
      expect(answerAt(browser)['code']).toBeDefined();

      const more = await authorize({ scope: 'openid api1 reports.read' });
      await browser.get(more.href, { stopAt: CALLBACK });
      expect(browser.has('Allow')).toBe(true);
      expect(browser.page.body).toContain('reports.read');
      expect(browser.page.body).not.toContain('api1');
    });

    it('may do so as somebody else', async () => {
      const browser = new TestBrowser();
      const { refreshToken } = await signIn(server, { browser });
      const bob = await signIn(server, { browser, user: 'bob', parameters: { prompt: 'login' } });
      expect(bob.claims.sub).toBe('bob');
      expect(await server.isAlive(refreshToken)).toBe(false);
    });

    it('do not get in without a page when there must be none', async () => {
      const browser = new TestBrowser();
      await browser.get((await authorize({ prompt: 'none' })).href, { stopAt: CALLBACK });
      expect(answerAt(browser)).toMatchObject({ error: 'login_required' });
    });

    it.each([
      ['a scope that the client may not have', { scope: 'openid reports.write' }, 'invalid_scope'],
      ['an unknown API', { resource: 'https://x.example' }, 'invalid_target'],
      ['a scope of another API', { resource: ORDERS }, 'invalid_scope'],
    ])('are sent back when the application asks for %s', async (_case, parameters, error) => {
      const browser = new TestBrowser();
      await browser.get((await authorize(parameters)).href, { stopAt: CALLBACK });
      expect(answerAt(browser)).toMatchObject({ error, state: 'the-state' });
    });

    it('are sent nowhere when the application is not where it should be', async () => {
      const browser = new TestBrowser();
      const page = await browser.get(
        (await authorize({ redirect_uri: 'http://127.0.0.1:6666/auth/callback' })).href,
      );
      expect(page).toMatchObject({ status: 400, redirects: [] });
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(page.body).toContain('invalid_redirect_uri');
    });
  });

  describe('when they sign out', () => {
    it('lose their grants, and come back to the application', async () => {
      const browser = new TestBrowser();
      const { idToken, refreshToken } = await signIn(server, { browser });
      const home = 'http://127.0.0.1:6004/';
      const url = oidc.buildEndSessionUrl(web, {
        id_token_hint: idToken,
        post_logout_redirect_uri: home,
        state: 'bye',
      });
      await browser.get(url.href);
      expect(browser.page.body).toContain(String(sampleWebClient.client_name));
      await browser.press('Sign out', {}, { stopAt: home });
      expect(browser.page.url).toBe(`${home}?state=bye`);
      expect(await server.isAlive(refreshToken)).toBe(false);
      expect(server.revokedGrants).toBe(1);
      const again = new URL(web.serverMetadata().authorization_endpoint ?? '');
      again.search = new URLSearchParams({
        client_id: 'web',
        response_type: 'code',
        redirect_uri: CALLBACK,
        scope: 'openid',
        code_challenge: 'c'.repeat(43),
        code_challenge_method: 'S256',
      }).toString();
      await browser.get(again.href, { stopAt: CALLBACK });
      expect(browser.has('Sign in')).toBe(true);
    });

    it('end only the grant of the application if they stay signed in at the server', async () => {
      const browser = new TestBrowser();
      const { idToken, refreshToken } = await signIn(server, { browser });
      await browser.get(oidc.buildEndSessionUrl(web, { id_token_hint: idToken }).href);
      await browser.press('Stay signed in here');
      expect(browser.page.body).toContain('You can close this page.');
      expect(await server.isAlive(refreshToken)).toBe(false);
    });

    it('are not sent to where the application does not live', async () => {
      const browser = new TestBrowser();
      const { idToken } = await signIn(server, { browser });
      const url = oidc.buildEndSessionUrl(web, {
        id_token_hint: idToken,
        post_logout_redirect_uri: 'http://127.0.0.1:6666/',
      });
      expect(await browser.get(url.href)).toMatchObject({ status: 400, forms: [] });
    });
  });
});
