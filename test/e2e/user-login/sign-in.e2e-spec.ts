import type { OutgoingHttpHeaders } from 'node:http';
import {
  MemoryUserTokenStore,
  SessionUserTokenStore,
  type SignedInEvent,
} from 'nestjs-access-tokens';
import { platforms } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { startLoginApp, type LoginApp, type LoginAppParts } from '../../support/login-app.js';
import { expectNoSecret } from '../../support/secrets.js';
import { TestBrowser } from '../../support/test-browser.js';
import { until } from '../../support/until.js';

describe.each(platforms)('signing in with %s', (platform) => {
  let server: AuthorizationServer;
  const running: LoginApp[] = [];

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });

  beforeEach(() => {
    server.clear();
    server.forgetUsers();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.close()));
  });

  afterAll(() => server.stop());

  async function started(parts: Partial<LoginAppParts> = {}): Promise<LoginApp> {
    const app = await startLoginApp({ platform, server, ...parts });
    running.push(app);
    return app;
  }

  const json = ({ page }: TestBrowser) => JSON.parse(page.body) as Record<string, unknown>;
  const sid = (browser: TestBrowser) => browser.cookies.find(({ name }) => name === 'sid')?.value;

  async function signedIn({ url }: LoginApp, user = 'alice'): Promise<TestBrowser> {
    const browser = new TestBrowser();
    await browser.get(`${url}/auth/login`);
    await browser.signIn(user);
    return browser;
  }

  it('leads to the authorization server and back, and knows who it is', async () => {
    const app = await started();
    const browser = new TestBrowser();
    await browser.get(`${app.url}/auth/login`);
    const [login = '', authorize = ''] = browser.page.redirects;
    expect(login).toBe(`${app.url}/auth/login`);
    expect(new URL(authorize).origin + new URL(authorize).pathname).toBe(`${server.issuer}/auth`);
    await browser.signIn('alice');
    expect(browser.page.url).toBe(`${app.url}/`);
    await browser.get(`${app.url}/profile`);
    expect(browser.page.status).toBe(200);
    expect(json(browser)).toMatchObject({
      subject: 'alice',
      renewable: true,
      claims: { iss: server.issuer, aud: 'web', sub: 'alice' },
    });
    const [exchange] = server.tokenExchanges;
    expect(exchange?.parameters).toMatchObject({
      grant_type: 'authorization_code',
      redirect_uri: `${app.url}/auth/callback`,
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(exchange?.authentication).toBe('client_secret_basic');
    expect(server.tokenExchanges).toHaveLength(1);
  });

  it('sends PKCE, a state and a nonce of their own each time', async () => {
    const app = await started({ login: { pushedAuthorizationRequests: 'never' } });
    const requests = await Promise.all(
      [1, 2].map(async () => {
        const page = await new TestBrowser().get(`${app.url}/auth/login`, {
          followRedirects: false,
        });
        expect(page.status).toBe(302);
        expect(page.headers['cache-control']).toBe('no-store');
        return Object.fromEntries(new URL(String(page.headers.location)).searchParams);
      }),
    );
    for (const request of requests) {
      expect(request).toEqual({
        client_id: 'web',
        response_type: 'code',
        redirect_uri: `${app.url}/auth/callback`,
        scope: 'openid profile email offline_access api1',
        state: expect.stringMatching(/^[\w-]{43}$/),
        nonce: expect.stringMatching(/^[\w-]{43}$/),
        code_challenge: expect.stringMatching(/^[\w-]{43}$/),
        code_challenge_method: 'S256',
      });
    }
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(requests[0]?.[name]).not.toBe(requests[1]?.[name]);
    }
  });

  it('asks for what the clients with the token of the user will need', async () => {
    const app = await started({
      login: {
        scope: undefined,
        pushedAuthorizationRequests: 'never',
        prompt: 'login',
        parameters: { ui_locales: 'de' },
      },
      clients: {
        scope: 'api1',
        clients: {
          reports: {
            baseURL: 'http://127.0.0.1:9',
            token: 'user',
            scope: 'reports.read',
            resource: 'https://api.example.com',
          },
          service: { baseURL: 'http://127.0.0.1:9', scope: 'orders.read' },
        },
      },
    });
    const { headers } = await new TestBrowser().get(`${app.url}/auth/login`, {
      followRedirects: false,
    });
    const { searchParams } = new URL(String(headers.location));
    expect(searchParams.get('scope')).toBe('openid offline_access api1 reports.read');
    expect(searchParams.getAll('resource')).toEqual(['https://api.example.com']);
    expect(searchParams.get('prompt')).toBe('login');
    expect(searchParams.get('ui_locales')).toBe('de');
  });

  it('pushes the authorization request where the server offers it', async () => {
    const app = await started();
    const { headers } = await new TestBrowser().get(`${app.url}/auth/login`, {
      followRedirects: false,
    });
    const { searchParams } = new URL(String(headers.location));
    expect([...searchParams.keys()].toSorted()).toEqual(
      expect.arrayContaining(['client_id', 'request_uri']),
    );
    for (const hidden of ['state', 'nonce', 'code_challenge', 'redirect_uri']) {
      expect(searchParams.has(hidden)).toBe(false);
    }
  });

  it('says the name of a session cookie that no browser keeps, once', async () => {
    const app = await started({ cookieName: '__Host-sid' });
    for (let time = 0; time < 2; time += 1) {
      const login = `${app.url}/auth/login`;
      const { headers } = await new TestBrowser().get(login, { followRedirects: false });
      expect(String(headers['set-cookie'])).toContain('__Host-sid=');
    }
    const lost = () => app.logs.lines.filter((line) => line.includes('session_cookie_lost'));
    await until(() => lost().length > 0);
    expect(lost()).toEqual([
      expect.stringContaining(
        'browsers drop the cookie __Host-sid, as cookies with such a name need Secure.',
      ),
    ]);
  });

  it('leads back to the page that wanted a user, with its query', async () => {
    const app = await started();
    const browser = new TestBrowser();
    await browser.get(`${app.url}/profile/gr%C3%B6%C3%9Fe?tab=a%20b&x=1`);
    expect(browser.page.redirects[0]).toBe(`${app.url}/profile/gr%C3%B6%C3%9Fe?tab=a%20b&x=1`);
    await browser.signIn('alice');
    expect(browser.page.url).toBe(`${app.url}/profile/gr%C3%B6%C3%9Fe?tab=a%20b&x=1`);
    expect(json(browser)).toMatchObject({ subject: 'alice' });
  });

  it('answers 401 to what is no browser that opens a page', async () => {
    const app = await started();
    const asked = [
      { 'sec-fetch-mode': 'cors', accept: 'application/json' },
      { 'sec-fetch-mode': [], accept: 'application/json' },
    ];
    for (const headers of asked) {
      const page = await new TestBrowser().get(`${app.url}/profile`, { headers });
      expect(page.status).toBe(401);
      expect(page.headers.location).toBeUndefined();
      expect(JSON.parse(page.body)).toEqual({
        statusCode: 401,
        error: 'Unauthorized',
        message: 'Please sign in first.',
      });
    }
    const page = await new TestBrowser().get(`${app.url}/whoami`);
    expect(JSON.parse(page.body)).toEqual({ subject: null });
  });

  it('gives the session a new id, and keeps no more than a key in it', async () => {
    const app = await started();
    const browser = new TestBrowser();
    await browser.get(`${app.url}/auth/login`);
    const before = sid(browser);
    expect(before).toBeDefined();
    await browser.signIn('alice');
    const after = sid(browser);
    expect(after).toBeDefined();
    expect(after).not.toBe(before);
    await browser.get(`${app.url}/session`);
    const session = String(json(browser)['text']);
    expect(session).toMatch(/"nestjs-access-tokens:user:[\w-]{43}":\{"key":"[\w-]{43}"/);
    expect(session).not.toContain('logins":[{');
    const { body, parameters } = server.tokenExchanges[0] ?? {};
    const secrets = ['access_token', 'refresh_token', 'id_token'].map((name) =>
      String(body?.[name]),
    );
    expect(secrets.every((secret) => secret.length > 20)).toBe(true);
    secrets.push(String(parameters?.['code']), String(parameters?.['code_verifier']));
    expectNoSecret([session, browser.cookies, app.logs.lines], ...secrets);
    // Whoever knew the old id has nothing of it.
    const attacker = new TestBrowser();
    const page = await attacker.get(`${app.url}/whoami`, { headers: { cookie: `sid=${before}` } });
    expect(JSON.parse(page.body)).toEqual({ subject: null });
  });

  it('keeps users of different browsers apart', async () => {
    const app = await started();
    const [alice, bob] = await Promise.all([signedIn(app, 'alice'), signedIn(app, 'bob')]);
    for (let round = 0; round < 3; round++) {
      await Promise.all([alice?.get(`${app.url}/whoami`), bob?.get(`${app.url}/whoami`)]);
      expect(json(alice)).toEqual({ subject: 'alice' });
      expect(json(bob)).toEqual({ subject: 'bob' });
    }
  });

  it('lets two tabs sign in at the same time', async () => {
    const app = await started();
    const browser = new TestBrowser();
    const callback = `${app.url}/auth/callback`;
    await browser.get(`${app.url}/auth/login?returnTo=/profile/one`);
    await browser.signIn('alice', { stopAt: callback });
    const first = browser.page.url;
    await browser.get(`${app.url}/auth/login?returnTo=/profile/two`, { stopAt: callback });
    const second = browser.page.url;
    expect((await browser.get(second)).url).toBe(`${app.url}/profile/two`);
    expect((await browser.get(first)).url).toBe(`${app.url}/profile/one`);
    expect(json(browser)).toMatchObject({ subject: 'alice' });
  });

  it('lets tabs begin at the same moment', async () => {
    const app = await started({ login: { pushedAuthorizationRequests: 'never' } });
    const browser = new TestBrowser();
    await browser.get(`${app.url}/auth/login`, { followRedirects: false });
    await Promise.all(
      [1, 2, 3].map(() => browser.get(`${app.url}/auth/login`, { followRedirects: false })),
    );
    await browser.get(`${app.url}/session`);
    expect(String(json(browser)['text']).match(/"code_verifier"/g)).toHaveLength(4);
  });

  it('keeps nothing in the cookie and nothing readable by scripts; tokens beside the session', async () => {
    const app = await started({ clients: { userTokenStore: new SessionUserTokenStore() } });
    const browser = await signedIn(app);
    expect(browser.cookies.filter(({ name }) => name === 'sid')).toMatchObject([
      { httpOnly: true, sameSite: 'lax' },
    ]);
    await browser.get(`${app.url}/token`);
    const { accessToken } = json(browser);
    expect(accessToken).toBe(server.tokenExchanges[0]?.body['access_token']);
    await browser.get(`${app.url}/session`);
    expectNoSecret(json(browser), String(accessToken));
    await browser.post(`${app.url}/auth/logout`, {}, { followRedirects: false });
    expect((await browser.get(`${app.url}/token`, { followRedirects: false })).status).toBe(302);
    expect(server.revocations).toHaveLength(1);
  });

  it('wants users back whose session at the authorization server has ended', async () => {
    const clock = new TestClock();
    const app = await started({ clients: { clock } });
    const browser = await signedIn(app);
    const { body } = server.tokenExchanges[0] ?? {};
    await server.revokeGrantOf(String(body?.['refresh_token']));
    clock.advance({ seconds: 3601 });
    const token = await browser.get(`${app.url}/token`, { followRedirects: false });
    expect(token.status).toBe(302); // ReauthenticationRequiredError
    expect(token.headers.location).toBe(`${app.url}/auth/login?returnTo=%2Ftoken`);
    const page = await browser.get(`${app.url}/profile`, { followRedirects: false });
    expect(page.status).toBe(302);
    expect(page.headers.location).toBe(`${app.url}/auth/login?returnTo=%2Fprofile`);
  });

  it('takes no for an answer, and another attempt', async () => {
    const app = await started();
    const browser = new TestBrowser();
    await browser.get(`${app.url}/auth/login?returnTo=/profile`);
    await browser.press('Cancel');
    expect(browser.page.url).toContain(`${app.url}/auth/callback?error=access_denied`);
    expect(browser.page.status).toBe(401);
    expect(JSON.parse(browser.page.body)).toEqual({
      statusCode: 401,
      error: 'Unauthorized',
      message: 'The sign-in was cancelled or refused. Please sign in again.',
    });
    await browser.get(`${app.url}/profile`);
    await browser.signIn('bob');
    expect(json(browser)).toMatchObject({ subject: 'bob' });
  });

  it('knows browsers that do not tell what they are about by what they accept', async () => {
    const app = await started();
    const headers = { 'sec-fetch-mode': [], 'sec-fetch-dest': [] };
    const options = { headers, followRedirects: false };
    const page = await new TestBrowser().get(`${app.url}/profile?a=b`, options);
    expect(page.status).toBe(302);
    expect(page.headers.location).toBe(`${app.url}/auth/login?returnTo=%2Fprofile%3Fa%3Db`);
    expect(page.headers['cache-control']).toBe('no-store');
  });

  it('puts another user in the place of the first, whose tokens are forgotten', async () => {
    const store = new MemoryUserTokenStore();
    const deleted = jest.spyOn(store, 'delete');
    const app = await started({ clients: { userTokenStore: store }, login: { prompt: 'login' } });
    const browser = await signedIn(app, 'alice');
    await browser.get(`${app.url}/auth/login`);
    await browser.signIn('bob');
    await browser.get(`${app.url}/whoami`);
    expect(json(browser)).toEqual({ subject: 'bob' });
    expect(deleted).toHaveBeenCalledTimes(1);
    const [key = ''] = deleted.mock.calls[0] ?? [];
    expect(await store.get(key)).toBeUndefined();
  });

  it('forgets the oldest of too many sign-ins at the same time', async () => {
    const app = await started({ login: { pushedAuthorizationRequests: 'never' } });
    const browser = new TestBrowser();
    for (let tab = 0; tab < 7; tab++) {
      await browser.get(`${app.url}/auth/login`, { followRedirects: false });
    }
    await browser.get(`${app.url}/session`);
    expect(String(json(browser)['text']).match(/"code_verifier"/g)).toHaveLength(5);
  });

  describe('signing out', () => {
    it('revokes the refresh token, ends the session here and at the server', async () => {
      const onSignedIn = ({ request }: SignedInEvent) => {
        (request as { session: { basket?: string } }).session.basket = 'of apples';
      };
      const app = await started({ login: { onSignedIn } });
      const browser = await signedIn(app);
      expect((await browser.get(`${app.url}/session`)).body).toContain('of apples');
      const { body } = server.tokenExchanges[0] ?? {};
      const refreshToken = String(body?.['refresh_token']);
      expect(await server.isAlive(refreshToken)).toBe(true);
      const page = await browser.post(`${app.url}/auth/logout`, {}, { followRedirects: false });
      expect(page.status).toBe(303);
      const target = new URL(String(page.headers.location));
      expect(target.origin + target.pathname).toBe(`${server.issuer}/session/end`);
      expect(Object.fromEntries(target.searchParams)).toEqual({
        client_id: 'web',
        id_token_hint: body?.['id_token'],
        post_logout_redirect_uri: `${app.url}/`,
      });
      expect(server.revocations).toMatchObject([
        {
          clientId: 'web',
          status: 200,
          parameters: { token: refreshToken, token_type_hint: 'refresh_token' },
        },
      ]);
      expect(await server.isAlive(refreshToken)).toBe(false);
      expect((await browser.get(`${app.url}/session`)).body).not.toContain('of apples');
      await browser.get(`${app.url}/whoami`);
      expect(json(browser)).toEqual({ subject: null });
    });

    it('works while the authorization server is down', async () => {
      const app = await started();
      const browser = await signedIn(app);
      await server.stop();
      try {
        const page = await browser.post(`${app.url}/auth/logout`, {}, { followRedirects: false });
        expect(page.status).toBe(303);
        await browser.get(`${app.url}/whoami`);
        expect(json(browser)).toEqual({ subject: null });
        expect(app.logs.lines.join('\n')).toContain('refresh_token_not_revoked');
      } finally {
        await server.start();
      }
    });

    it('is possible in browsers that name the origin alone', async () => {
      const app = await started();
      const browser = await signedIn(app);
      const options = { headers: { 'sec-fetch-site': [] }, followRedirects: false };
      expect((await browser.post(`${app.url}/auth/logout`, {}, options)).status).toBe(303);
      await browser.get(`${app.url}/whoami`);
      expect(json(browser)).toEqual({ subject: null });
    });

    it.each<[string, OutgoingHttpHeaders]>([
      ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
      ['a neighbouring site', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' }],
      [
        'another origin, in an old browser',
        { 'sec-fetch-site': [], origin: 'https://evil.example' },
      ],
      ['somebody who says nothing', { 'sec-fetch-site': [], origin: [] as never }],
      [
        'headers that contradict each other',
        { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' },
      ],
    ])('is refused to %s', async (_who, given) => {
      const app = await started();
      const browser = await signedIn(app);
      const page = await browser.post(
        `${app.url}/auth/logout`,
        {},
        { headers: given, followRedirects: false },
      );
      expect(page.status).toBe(403);
      expect(JSON.parse(page.body)).toMatchObject({ error: 'Forbidden' });
      expect(server.revocations).toHaveLength(0);
      await browser.get(`${app.url}/whoami`);
      expect(json(browser)).toEqual({ subject: 'alice' });
    });

    it('is not possible with GET', async () => {
      const app = await started();
      const browser = await signedIn(app);
      expect((await browser.get(`${app.url}/auth/logout`)).status).toBe(404);
      await browser.get(`${app.url}/whoami`);
      expect(json(browser)).toEqual({ subject: 'alice' });
    });

    it('is fine for somebody who is not signed in', async () => {
      const app = await started();
      const browser = new TestBrowser();
      await browser.get(app.url);
      const page = await browser.post(`${app.url}/auth/logout`, {}, { followRedirects: false });
      expect(page.status).toBe(303);
      expect(new URL(String(page.headers.location)).searchParams.has('id_token_hint')).toBe(false);
    });
  });
});
