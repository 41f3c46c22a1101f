import type { ServerResponse } from 'node:http';
import { ForbiddenException } from '@nestjs/common';
import { MemoryStore } from 'express-session';
import { MemoryUserTokenStore, type LoginError, type UserTokenRecord } from 'nestjs-access-tokens';
import { platforms } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { startLoginApp, type LoginApp, type LoginAppParts } from '../../support/login-app.js';
import { expectNoSecret } from '../../support/secrets.js';
import { createSigningKey } from '../../../sample/src/identity-server/signing-key.js';
import { TestBrowser } from '../../support/test-browser.js';

class BrokenStore extends MemoryUserTokenStore {
  broken = true;

  override async set(user: string, record: UserTokenRecord, expected?: string): Promise<boolean> {
    if (this.broken) throw new Error('redis://user:hunter2@host is down');
    return super.set(user, record, expected);
  }
}

/** Lets several requests read the session before any of them goes on, as a store at the end of a network does. */
class SlowSessions extends MemoryStore {
  /** How many readers have to be there. */
  together = 1;
  private waiting: (() => void)[] = [];

  override get(id: string, callback: Parameters<MemoryStore['get']>[1]): void {
    this.waiting.push(() => super.get(id, callback));
    if (this.waiting.length < this.together) return;
    for (const reader of this.waiting.splice(0)) reader();
    this.together = 1;
  }
}

describe.each(platforms)('a sign-in that goes wrong with %s', (platform) => {
  let server: AuthorizationServer;
  let failures: LoginError[];
  const running: LoginApp[] = [];

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });

  beforeEach(() => {
    server.clear();
    server.forgetUsers();
    failures = [];
  });

  afterEach(async () => {
    server.intercept = undefined;
    await Promise.all(running.splice(0).map((each) => each.close()));
  });

  afterAll(() => server.stop());

  async function started(parts: Partial<LoginAppParts> = {}): Promise<LoginApp> {
    const app = await startLoginApp({
      platform,
      server,
      ...parts,
      login: {
        pushedAuthorizationRequests: 'never',
        onFailed: (error) => void failures.push(error),
        ...parts.login,
      },
    });
    running.push(app);
    return app;
  }

  /** Goes as far as the answer of the authorization server. */
  async function answered(
    { url }: LoginApp,
    { browser = new TestBrowser(), user = 'alice', returnTo = '' } = {},
  ): Promise<{ browser: TestBrowser; callback: URL }> {
    const stopAt = `${url}/auth/callback`;
    await browser.get(`${url}/auth/login${returnTo && `?returnTo=${returnTo}`}`, { stopAt });
    if (browser.page.status !== 0) await browser.signIn(user, { stopAt });
    return { browser, callback: new URL(browser.page.url) };
  }

  const call = (browser: TestBrowser, url: URL | string) =>
    browser.get(String(url), { followRedirects: false });

  async function subject(browser: TestBrowser, { url }: LoginApp): Promise<unknown> {
    return (JSON.parse((await browser.get(`${url}/whoami`)).body) as { subject: unknown }).subject;
  }

  const UNKNOWN = {
    statusCode: 400,
    error: 'Bad Request',
    message: 'This sign-in is not under way here, or not any more. Please sign in again.',
  };

  describe('answers that belong to no sign-in', () => {
    it.each([
      ['another state', (url: URL) => url.searchParams.set('state', 'x'.repeat(43))],
      ['no state', (url: URL) => url.searchParams.delete('state')],
      ['a state twice', (url: URL) => url.searchParams.append('state', 'x')],
      ['an empty state', (url: URL) => url.searchParams.set('state', '')],
      ['nothing at all', (url: URL) => void (url.search = '')],
    ])('are refused with %s, and the sign-in goes on', async (_what, tamper) => {
      const app = await started();
      const { browser, callback } = await answered(app);
      const tampered = new URL(callback);
      tamper(tampered);
      const page = await call(browser, tampered);
      expect(page.status).toBe(400);
      expect(JSON.parse(page.body)).toEqual(UNKNOWN);
      expect(failures).toMatchObject([{ code: 'unknown_login' }]);
      expect(server.tokenExchanges).toHaveLength(0);
      await browser.get(callback.href);
      expect(await subject(browser, app)).toBe('alice');
    });

    it.each([
      ['of another issuer', (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
      [
        'of no issuer, where the server always names it',
        (url: URL) => url.searchParams.delete('iss'),
      ],
      ['without a code', (url: URL) => url.searchParams.delete('code')],
      ['with two codes', (url: URL) => url.searchParams.append('code', 'x')],
    ])('are refused when they are %s; the sign-in is over', async (_what, tamper) => {
      const app = await started();
      const { browser, callback } = await answered(app);
      const tampered = new URL(callback);
      tamper(tampered);
      const page = await call(browser, tampered);
      expect(page.status).toBe(400);
      expect(JSON.parse(page.body)).toEqual(UNKNOWN);
      expect(server.tokenExchanges).toHaveLength(0);
      expect((await call(browser, callback)).status).toBe(400);
      expect(server.tokenExchanges).toHaveLength(0);
      expect(await subject(browser, app)).toBeNull();
    });

    it('are refused a second time', async () => {
      const app = await started();
      const { browser, callback } = await answered(app);
      expect((await call(browser, callback)).status).toBe(302);
      expect((await call(browser, callback)).status).toBe(400);
      expect(server.tokenExchanges).toHaveLength(1);
      expect(await subject(browser, app)).toBe('alice');
    });

    it('are taken once when they come twice at the same time', async () => {
      const sessionStore = new SlowSessions();
      const app = await started({ sessionStore });
      const { browser, callback } = await answered(app);
      sessionStore.together = 3;
      const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
      const pages = await Promise.all(
        [1, 2, 3].map(() =>
          new TestBrowser().get(callback.href, { headers: { cookie }, followRedirects: false }),
        ),
      );
      expect(pages.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([302, 400, 400]);
      expect(server.tokenExchanges).toHaveLength(1);
    });

    it('are refused when they come after more than an hour', async () => {
      const clock = new TestClock();
      const app = await started({ clients: { clock } });
      const { browser, callback } = await answered(app);
      clock.advance({ minutes: 60 });
      expect((await call(browser, callback)).status).toBe(400);
      expect(server.tokenExchanges).toHaveLength(0);
    });

    it('are refused in another browser', async () => {
      const app = await started();
      const { callback } = await answered(app);
      const victim = new TestBrowser();
      expect((await call(victim, callback)).status).toBe(400);
      await answered(app, { browser: victim, user: 'bob' });
      expect((await call(victim, callback)).status).toBe(400);
      expect(server.tokenExchanges).toHaveLength(0);
    });

    it('are refused with the code of somebody else', async () => {
      const app = await started();
      const { callback: attackers } = await answered(app, { user: 'bob' });
      const { browser, callback } = await answered(app);
      callback.searchParams.set('code', String(attackers.searchParams.get('code')));
      const page = await call(browser, callback);
      expect(page.status).toBe(401);
      expect(failures).toMatchObject([{ code: 'login_refused', oauthError: 'invalid_grant' }]);
      expect(await subject(browser, app)).toBeNull();
    });

    it('are refused with another method', async () => {
      const app = await started();
      const { browser, callback } = await answered(app);
      const cookie = browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
      const head = await fetch(callback, {
        method: 'HEAD',
        headers: { cookie },
        redirect: 'manual',
      });
      expect(head.status).toBe(400);
      expect((await call(browser, callback)).status).toBe(302);
    });
  });

  it('leads nowhere else', async () => {
    const app = await started({ login: { afterLogin: '/profile/start' } });
    const browser = new TestBrowser();
    const attempts = [
      '//evil.example',
      '///evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/\t/evil.example',
      '/\n/evil.example',
      '/%2fevil.example',
      '/%2Fevil.example',
      '/%5Cevil.example',
      '/%255cevil.example',
      '/%09/evil.example',
      '/./%2f/evil.example',
      '/.//evil.example',
      '/x/..//evil.example',
      'https://evil.example',
      'HTTPS:evil.example',
      'javascript:alert(1)',
      'data:text/html,x',
      'evil.example',
      '.evil.example',
      '@evil.example',
      ':80@evil.example/',
      '',
      ' /x',
      '/ä',
      '/%',
      `/${'x'.repeat(3000)}`,
      '/auth/login',
      '/auth/logout',
      '/..%2f%2fevil.example',
      '/a/%2e%2e%2f%2fevil.example',
      '/x%2f..%2F..%2f%2fevil.example',
      '/x%5c..%5C%5cevil.example',
      '/x%252f..%252f..%252f%252fevil.example',
      '/a/%252e%252e//evil.example',
    ];
    for (const attempt of attempts) {
      const { callback } = await answered(app, { browser, returnTo: encodeURIComponent(attempt) });
      const { headers } = await call(browser, callback);
      expect({ attempt, location: headers.location }).toEqual({
        attempt,
        location: `${app.url}/profile/start`,
      });
    }
    const twice = await answered(app, { browser, returnTo: '/profile/a&returnTo=/profile/b' });
    expect((await call(browser, twice.callback)).headers.location).toBe(`${app.url}/profile/start`);
    for (const fine of [
      '/profile',
      '/a/b?c=//d&e=https://f#g',
      '/@x',
      '/a%20b?c=%0A',
      '/a?b=%2f%5C#%2f',
    ]) {
      const { callback } = await answered(app, { browser, returnTo: encodeURIComponent(fine) });
      expect((await call(browser, callback)).headers.location).toBe(app.url + fine);
    }
  });

  describe('what the authorization server says', () => {
    it.each([
      ['access_denied', 401, 'login_refused'],
      ['login_required', 401, 'login_refused'],
      ['consent_required', 401, 'login_refused'],
      ['invalid_scope', 502, 'login_failed'],
      ['unauthorized_client', 502, 'login_failed'],
      ['server_error', 502, 'login_failed'],
      ['temporarily_unavailable', 503, 'login_failed'],
    ])('%s is answered with %i, and the user can try again', async (error, status, code) => {
      const app = await started();
      const { browser, callback } = await answered(app);
      callback.searchParams.delete('code');
      callback.searchParams.set('error', error);
      callback.searchParams.set('error_description', 'a\u001b[2Jb <script>');
      const page = await call(browser, callback);
      expect(page.status).toBe(status);
      expect(failures).toMatchObject([{ code }]);
      expect(page.body).not.toContain('script');
      expect(app.logs.lines.join('')).not.toContain('\u001b');
      const again = await answered(app, { browser });
      expect((await call(browser, again.callback)).status).toBe(302);
      expect(await subject(browser, app)).toBe('alice');
    });

    it('does not fill the log with what anybody can have it say', async () => {
      const app = await started({
        login: {
          onFailed: () => {
            throw new Error('not now');
          },
        },
      });
      for (let round = 0; round < 4; round += 1) {
        const { browser, callback } = await answered(app);
        callback.searchParams.delete('code');
        callback.searchParams.set('error', 'server_error');
        callback.searchParams.set('error_description', `a line of mine, number ${round}`);
        expect((await call(browser, callback)).status).toBe(502);
      }
      const lines = app.logs.lines.join('\n');
      expect(lines.match(/login_failed: .*number 0"\) \(see: errors#login_failed\)/g)).toHaveLength(
        1,
      );
      expect(lines).not.toMatch(/number [123]/);
      expect(lines.match(/hook_failed: onFailed/g)).toHaveLength(1);
    });

    it('is answered with 503 while it is down: before anything else', async () => {
      const app = await started();
      await server.stop();
      try {
        const page = await new TestBrowser().get(`${app.url}/auth/login`);
        expect(page.status).toBe(503);
        expect(JSON.parse(page.body)).toEqual({
          statusCode: 503,
          error: 'Service Unavailable',
          message: 'Signing in does not work at the moment. Please try again in a moment.',
        });
        expect(failures).toMatchObject([{ code: 'login_failed' }]);
        expect(String((failures[0] as { reason?: string }).reason)).toContain('ECONNREFUSED');
      } finally {
        await server.start();
      }
      const { browser, callback } = await answered(app);
      expect((await call(browser, callback)).status).toBe(302);
    });

    it('is answered with 503 while it is down: when the user comes back', async () => {
      const app = await started();
      const { browser, callback } = await answered(app);
      await server.stop();
      try {
        expect((await call(browser, callback)).status).toBe(503);
      } finally {
        await server.start();
      }
      const again = await answered(app, { browser });
      expect((await call(browser, again.callback)).status).toBe(302);
    });

    it('that hangs is given up', async () => {
      const app = await started({ clients: { backchannel: { retries: 0, timeoutMs: 200 } } });
      const { browser, callback } = await answered(app);
      server.intercept = (kind) => kind === 'token' && new Promise<boolean>(() => undefined);
      expect((await call(browser, callback)).status).toBe(503);
      expect(failures).toMatchObject([{ reason: expect.stringContaining('within 200 ms') }]);
    });

    it.each([
      [503, 'text/html', '<h1>busy</h1>', 503],
      [200, 'text/html', '<h1>hello</h1>', 503],
      [200, 'application/json', '{"access_token":"t","token_type":"mac"}', 503],
      [200, 'application/json', '{"access_token":"t","token_type":"bearer"}', 502],
      [401, 'application/json', '{"error":"invalid_client"}', 502],
      [302, 'text/html', '', 503],
    ])('at the token endpoint: %i %s %s', async (status, type, body, expected) => {
      const app = await started();
      const { browser, callback } = await answered(app);
      server.intercept = (kind, _request, response) =>
        kind === 'token' && reply(response, status, type, body);
      const page = await call(browser, callback);
      expect(page.status).toBe(expected);
      expect(await subject(browser, app)).toBeNull();
      expectNoSecret(
        [page.body, page.headers, failures, app.logs.lines],
        String(callback.searchParams.get('code')),
        'web-secret',
      );
    });
  });

  describe('an ID token', () => {
    type Forge = (nonce: string) => Promise<string> | string;

    async function withIdToken(forge: Forge) {
      const app = await started();
      const browser = new TestBrowser();
      const stopAt = `${app.url}/auth/callback`;
      const { headers } = await browser.get(`${app.url}/auth/login`, { followRedirects: false });
      const nonce = String(new URL(String(headers.location)).searchParams.get('nonce'));
      await browser.get(String(headers.location));
      await browser.signIn('alice', { stopAt });
      const idToken = await forge(nonce);
      server.intercept = (kind, _request, response) =>
        kind === 'token' &&
        reply(
          response,
          200,
          'application/json',
          JSON.stringify({ access_token: 'at', token_type: 'Bearer', id_token: idToken }),
        );
      const page = await call(browser, browser.page.url);
      return { page, who: await subject(browser, app) };
    }

    const claims = (nonce: string) => ({ aud: 'web', sub: 'mallory', nonce, client_id: undefined });
    const plain = { typ: 'JWT' };

    it('is accepted when all is right, so that the rest of these means something', async () => {
      const { page, who } = await withIdToken((nonce) => server.sign(claims(nonce), plain));
      expect([page.status, who]).toEqual([302, 'mallory']);
    });

    it('is refused with a blank subject, which names nobody', async () => {
      const forge: Forge = (nonce) => server.sign({ ...claims(nonce), sub: ' \t' }, plain);
      const { page, who } = await withIdToken(forge);
      expect([page.status, who]).toEqual([502, null]);
      expect(failures).toMatchObject([{ reason: 'the ID token names nobody: its sub is empty' }]);
    });

    it.each<[string, Forge]>([
      ['another nonce', () => server.sign(claims('other'), plain)],
      ['no nonce', (nonce) => server.sign({ ...claims(nonce), nonce: undefined }, plain)],
      ['another audience', (nonce) => server.sign({ ...claims(nonce), aud: 'other' }, plain)],
      [
        'another issuer',
        (nonce) => server.sign({ ...claims(nonce), iss: 'https://evil.example' }, plain),
      ],
      ['no subject', (nonce) => server.sign({ ...claims(nonce), sub: undefined }, plain)],
      ['an empty subject', (nonce) => server.sign({ ...claims(nonce), sub: '' }, plain)],
      [
        'a time that is over',
        (nonce) => server.sign({ ...claims(nonce), exp: 1_000_000_000 }, plain),
      ],
      [
        'a foreign key',
        async (nonce) => server.sign(claims(nonce), plain, await createSigningKey()),
      ],
      [
        'no signature',
        (nonce) => {
          const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
          const now = Math.floor(Date.now() / 1000);
          const body = { ...claims(nonce), iss: server.issuer, iat: now, exp: now + 300 };
          return `${part({ alg: 'none' })}.${part(body)}.`;
        },
      ],
      ['no JWT in it', () => 'nothing'],
    ])('is refused with %s', async (_what, forge) => {
      const { page, who } = await withIdToken(forge);
      expect(page.status).toBe(502);
      expect(who).toBeNull();
      expect(failures).toMatchObject([
        { code: 'login_failed', reason: expect.stringContaining('cannot be trusted') },
      ]);
    });
  });

  describe('in the application', () => {
    it('says so clearly when there is no session', async () => {
      const app = await started({ withSession: false });
      const page = await new TestBrowser().get(`${app.url}/auth/login`);
      expect(page.status).toBe(500);
      const log = app.logs.lines.join('\n');
      expect(log).toContain('session_missing: no session middleware can be seen.');
      expect(log).toContain('session: missing. Register express-session or @fastify/session');
      expect(log).not.toContain('cannot start');
      expect(server.requests.discovery).toBe(0);
    });

    it('is answered with 503 when the tokens cannot be stored', async () => {
      const store = new BrokenStore();
      const app = await started({ clients: { userTokenStore: store } });
      const { browser, callback } = await answered(app);
      const page = await call(browser, callback);
      expect(page.status).toBe(503);
      expectNoSecret([page, failures, app.logs.lines], 'hunter2');
      store.broken = false;
      const again = await answered(app, { browser });
      expect((await call(browser, again.callback)).status).toBe(302);
    });

    it('is what onSignedIn makes of it: nobody is signed in', async () => {
      const onSignedIn = jest.fn(() => {
        throw new ForbiddenException('not on the list');
      });
      const app = await started({ login: { onSignedIn } });
      const { browser, callback } = await answered(app);
      const page = await call(browser, callback);
      expect(page.status).toBe(403);
      expect(JSON.parse(page.body)).toMatchObject({ message: 'not on the list' });
      expect(onSignedIn.mock.calls).toMatchObject([
        [{ user: { subject: 'alice' }, claims: { sub: 'alice' } }],
      ]);
      expect(await subject(browser, app)).toBeNull();
      expect(server.revocations).toHaveLength(1);
    });

    it('is not made worse by onFailed', async () => {
      const app = await started({
        login: {
          onFailed: () => {
            throw new Error('hunter2');
          },
        },
      });
      expect((await new TestBrowser().get(`${app.url}/auth/callback`)).status).toBe(400);
      expect(app.logs.lines.join('\n')).toContain('hook_failed: onFailed threw Error.');
      expect(app.logs.lines.join('\n')).not.toContain('hunter2');
    });
  });
});

function reply(response: ServerResponse, status: number, type: string, body: string): true {
  response.writeHead(status, { 'content-type': type, location: 'https://evil.example/' });
  response.end(body);
  return true;
}
