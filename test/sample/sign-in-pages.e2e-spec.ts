import { AuthorizationServer } from '../support/authorization-server.js';
import { TestBrowser } from '../support/sign-in.js';

const CALLBACK = 'http://127.0.0.1:6004/auth/callback';
const NASTY = `"><script>alert('&')</script>`;

describe('the pages of the identity server of the sample', () => {
  let server: AuthorizationServer;
  let browser: TestBrowser;

  beforeAll(async () => {
    server = await AuthorizationServer.start({
      clients: [
        {
          client_id: 'web',
          client_secret: 'web-secret',
          client_name: NASTY,
          redirect_uris: [CALLBACK],
          post_logout_redirect_uris: ['http://127.0.0.1:6004/'],
        },
      ],
    });
  });
  beforeEach(() => {
    browser = new TestBrowser();
  });
  afterAll(() => server.stop());

  const authorize = (parameters: Record<string, string> = {}) => {
    const query = new URLSearchParams({
      client_id: 'web',
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'openid email api1',
      state: 'the-state',
      code_challenge: 'c'.repeat(43),
      code_challenge_method: 'S256',
      ...parameters,
    });
    return browser.get(`${server.issuer}/auth?${query}`, { stopAt: CALLBACK });
  };
  const press = (button: string, fields = {}) =>
    browser.press(button, fields, { stopAt: CALLBACK });
  const login = (username: string, password: string) => press('Sign in', { username, password });
  const answer = () => Object.fromEntries(new URL(browser.page.url).searchParams);

  it('run no script, load nothing from elsewhere, fit into no frame and stay in no cache', async () => {
    const { headers, status } = await authorize();
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self' http://127.0.0.1:6004; base-uri 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
  });

  it('have one stylesheet, which a browser may keep', async () => {
    const { body } = await authorize();
    const [, path] = /<link rel="stylesheet" href="([^"]+)"/.exec(body) ?? [];
    const response = await fetch(`${server.issuer}${path}`);
    expect(response.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const text = await response.text();
    expect(text).toContain('font:');
    expect(text).not.toMatch(/url\(|@import/);
  });

  it('set cookies that no script reads and no other site sends along', async () => {
    await authorize();
    await login('alice', 'alice-password');
    const flags = browser.cookies.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite]);
    expect(flags.length).toBeGreaterThanOrEqual(4);
    for (const [name, httpOnly, sameSite] of flags) {
      expect([name, httpOnly, sameSite]).toEqual([name, true, 'lax']);
    }
  });

  it('show names as they are, and never as markup', async () => {
    const escaped = '&#34;&#62;&#60;script&#62;alert(&#39;&#38;&#39;)&#60;/script&#62;';
    const { body } = await authorize({ login_hint: NASTY });
    expect(body).not.toContain('<script');
    expect(body.split(escaped)).toHaveLength(3);
    expect(browser.page.forms[0]?.fields).toMatchObject({ username: NASTY });
    await login(NASTY, 'x');
    expect(browser.page.body).not.toContain('<script');
    await login('alice', 'alice-password');
    expect(browser.has('Allow')).toBe(true);
    expect(browser.page.body).toContain(escaped);
    expect(browser.page.body).not.toContain('<script');
  });

  it.each([
    ['a wrong password', 'alice', 'bob-password'],
    ['no password', 'alice', ''],
    ['an unknown name', 'mallory', 'alice-password'],
    ['nothing', '', ''],
  ])('let nobody in with %s', async (_case, username, password) => {
    await authorize();
    await login(username, password);
    expect(browser.page.status).toBe(422);
    expect(browser.page.body).toContain('The name or the password is wrong.');
    expect(browser.page.forms[0]?.fields).toEqual({ username, password: '' });
    // And they may try again.
    await login('alice', 'alice-password');
    expect(browser.has('Allow')).toBe(true);
  });

  it('say what the application would like to do', async () => {
    await authorize();
    await login('alice', 'alice-password');
    const { body } = browser.page;
    expect(body).toContain('Alice Smith');
    expect(body.match(/(?<=<li>).*?(?=<\/li>)/gs)).toEqual([
      'Know that it is you <small>openid</small>',
      'See your e-mail address <small>email</small>',
      'Use api1 for you <small>https://api.example.com</small>',
    ]);
    await press('Allow');
    expect(answer()).toMatchObject({ state: 'the-state', iss: server.issuer });
    expect(answer()['code']).toBeDefined();
  });

  it('name nothing when what was allowed before is to be confirmed', async () => {
    await authorize();
    await browser.signIn('alice', { stopAt: CALLBACK });
    await authorize({ prompt: 'consent' });
    expect(browser.page.body.match(/(?<=<li>).*?(?=<\/li>)/gs)).toEqual([
      'Go on with what you allowed before <small></small>',
    ]);
    await authorize({ prompt: 'consent', scope: 'openid offline_access' });
    expect(browser.page.body).toContain('Stay signed in while you are away');
  });

  it('take no for an answer', async () => {
    await authorize();
    await press('Cancel');
    expect(answer()).toMatchObject({ error: 'access_denied', state: 'the-state' });

    await authorize();
    await login('alice', 'alice-password');
    await press('Cancel');
    expect(answer()).toMatchObject({ error: 'access_denied', state: 'the-state' });
    await authorize();
    expect(browser.has('Allow')).toBe(true);
  });

  it('take no form from a browser in which the sign-in did not begin', async () => {
    const { url } = await authorize();
    const other = new TestBrowser();
    const fields = { decision: 'sign-in', username: 'alice', password: 'alice-password' };
    const page = await other.post(url, fields);
    expect(page).toMatchObject({ status: 400, redirects: [] });
    expect(page.body).toContain('This sign-in is over.');
    expect(other.cookies).toEqual([]);
  });

  it('take no consent before the user has signed in, and none of a form that was sent already', async () => {
    const { url } = await authorize();
    await browser.post(url, { decision: 'allow' }, { stopAt: CALLBACK });
    expect(answer()).toMatchObject({ error: 'access_denied' });

    const { url: second } = await authorize();
    await login('alice', 'alice-password');
    const again = await browser.post(second, { decision: 'sign-in' });
    expect(again).toMatchObject({ status: 400, forms: [] });
  });

  it('take no form that is larger than theirs', async () => {
    const { url } = await authorize();
    const fields = { decision: 'sign-in', username: 'alice', password: 'alice-password' };
    await browser.post(url, { ...fields, more: 'x'.repeat(10_000) }, { stopAt: CALLBACK });
    expect(answer()).toMatchObject({ error: 'access_denied' });
  });

  it('ask before they sign out', async () => {
    await authorize();
    await browser.signIn('alice', { stopAt: CALLBACK });
    const query = new URLSearchParams({
      client_id: 'web',
      post_logout_redirect_uri: 'http://127.0.0.1:6004/',
    });
    const { body, headers } = await browser.get(`${server.issuer}/session/end?${query}`);
    expect(headers['content-security-policy']).toContain(
      "form-action 'self' http://127.0.0.1:6004",
    );
    expect(body).not.toContain('<script');
    await browser.post(`${server.issuer}/session/end/confirm`, { logout: 'yes', xsrf: 'guessed' });
    expect(browser.page.status).toBe(400);
    await authorize();
    expect(answer()['code']).toBeDefined();
  });

  it('answer programs in JSON', async () => {
    const response = await fetch(`${server.issuer}/auth?client_id=nobody`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_client' });
    const token = await fetch(`${server.issuer}/token`, {
      method: 'POST',
      headers: { accept: 'text/html' },
    });
    expect(await token.json()).toMatchObject({ error: 'invalid_request' });
  });
});
