import type { IncomingMessage } from 'node:http';
import type { CanActivate } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { MemoryStore, type SessionData } from 'express-session';
import {
  MemoryUserTokenStore,
  SessionUserTokenStore,
  type SignedInEvent,
  type SignedOutEvent,
} from 'nestjs-access-tokens';
import { platforms } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { startLoginApp, type LoginApp, type LoginAppParts } from '../../support/login-app.js';
import { expectNoSecret } from '../../support/secrets.js';
import { TestBrowser } from '../../support/test-browser.js';
import { until } from '../../support/until.js';

type Answer = (error: unknown, session?: SessionData | null) => void;

const isPush = ({ url }: IncomingMessage) => url === '/request';

/** Sessions at the end of a network, which may be slow or gone. */
class RemoteSessions extends MemoryStore {
  /** The next reader gets what there is now, when it is released. */
  holdsNext = false;
  release: (() => void) | undefined;
  down = false;

  override get(id: string, callback: Answer): void {
    const { holdsNext } = this;
    this.holdsNext = false;
    if (this.down) callback(new Error('redis://user:hunter2@host is down'));
    else if (!holdsNext) super.get(id, callback);
    else super.get(id, (...answer) => void (this.release = () => callback(...answer)));
  }

  count(): Promise<number> {
    return new Promise((resolve) => this.length?.((_error, length) => resolve(length ?? 0)));
  }
}

class UnforgettingStore extends MemoryUserTokenStore {
  override delete(): Promise<void> {
    return Promise.reject(new Error('redis://user:hunter2@host is down'));
  }
}

describe.each(platforms)('signing out with %s', (platform) => {
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
    server.intercept = undefined;
    await Promise.all(running.splice(0).map((each) => each.close()));
  });

  afterAll(() => server.stop());

  async function started(parts: Partial<LoginAppParts> = {}): Promise<LoginApp> {
    const onSignedIn = ({ request }: SignedInEvent) => {
      (request as { session: { basket?: string } }).session.basket = 'of apples';
    };
    const login = { onSignedIn, ...parts.login };
    const app = await startLoginApp({ platform, server, ...parts, login });
    running.push(app);
    return app;
  }

  async function signedIn({ url }: LoginApp): Promise<TestBrowser> {
    const browser = new TestBrowser();
    await browser.get(`${url}/auth/login`);
    await browser.signIn('alice');
    return browser;
  }

  const cookieOf = (browser: TestBrowser) =>
    browser.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');

  /** The same session in another tab. */
  const tab = (cookie: string, url: string) =>
    new TestBrowser().get(url, { headers: { cookie }, followRedirects: false });

  const leave = (browser: TestBrowser, { url }: LoginApp) =>
    browser.post(`${url}/auth/logout`, {}, { followRedirects: false });

  const sessionOf = async (cookie: string, { url }: LoginApp) =>
    (await tab(cookie, `${url}/session`)).body;

  describe('in one tab', () => {
    it('is not undone by a sign-in that another tab is beginning', async () => {
      const sessionStore = new RemoteSessions();
      const app = await started({ sessionStore });
      const browser = await signedIn(app);
      const cookie = cookieOf(browser);
      expect(await sessionOf(cookie, app)).toContain('of apples');
      let goOn: (() => void) | undefined;
      server.intercept = (_kind, request) =>
        isPush(request) && new Promise<boolean>((resolve) => (goOn = () => resolve(false)));
      const beginning = tab(cookie, `${app.url}/auth/login`);
      await until(() => goOn !== undefined);
      expect((await leave(browser, app)).status).toBe(303);
      goOn?.();
      expect((await beginning).status).toBe(400);
      expect(await sessionStore.count()).toBe(0);
      expect(await sessionOf(cookie, app)).not.toContain('of apples');
    });

    it('is not undone by an answer that another tab brings', async () => {
      const sessionStore = new RemoteSessions();
      const app = await started({ sessionStore, login: { pushedAuthorizationRequests: 'never' } });
      const browser = await signedIn(app);
      const cookie = cookieOf(browser);
      const begun = await tab(cookie, `${app.url}/auth/login`);
      const state = String(new URL(String(begun.headers.location)).searchParams.get('state'));
      const answer = new URLSearchParams({ error: 'access_denied', state, iss: server.issuer });
      sessionStore.holdsNext = true;
      const coming = tab(cookie, `${app.url}/auth/callback?${answer.toString()}`);
      await until(() => sessionStore.release !== undefined);
      expect((await leave(browser, app)).status).toBe(303);
      sessionStore.release?.();
      expect((await coming).status).toBe(400);
      expect(await sessionStore.count()).toBe(0);
      expect(await sessionOf(cookie, app)).not.toContain('of apples');
    });
  });

  it('is not what a store of sessions that is down looks like', async () => {
    const sessionStore = new RemoteSessions();
    const app = await started({ sessionStore });
    const cookie = cookieOf(await signedIn(app));
    server.intercept = (_kind, request) => {
      sessionStore.down = isPush(request);
      return false;
    };
    const page = await tab(cookie, `${app.url}/auth/login`);
    expect(page.status).toBe(503);
    expectNoSecret([page, app.logs.lines], 'hunter2');
    sessionStore.down = false;
    expect(await sessionOf(cookie, app)).toContain('of apples');
  });

  it('is not what a session looks like that begins with the sign-in', async () => {
    const fills: CanActivate = {
      canActivate: (context) => {
        const { session } = context.switchToHttp().getRequest<{ session: { basket?: string } }>();
        session.basket ??= 'of pears';
        return true;
      },
    };
    class Filling {}
    const providers = [{ provide: APP_GUARD, useValue: fills }];
    const app = await started({ imports: [{ module: Filling, providers }] });
    const browser = new TestBrowser();
    await browser.get(`${app.url}/auth/login`, { followRedirects: false });
    const { body } = await browser.get(`${app.url}/session`);
    expect(body).toContain('of pears');
    expect(body).toContain('code_verifier');
    const forgotten = await tab('sid=s%3Agone.signature', `${app.url}/auth/login`);
    expect(forgotten.status).toBe(302);
  });

  it('names the user to the authorization server when the tokens cannot be forgotten', async () => {
    const app = await started({ clients: { userTokenStore: new UnforgettingStore() } });
    const browser = await signedIn(app);
    const { location } = (await leave(browser, app)).headers;
    expect(new URL(String(location)).searchParams.get('id_token_hint')).toBe(
      server.tokenExchanges[0]?.body['id_token'],
    );
    expect(app.logs.lines.join('\n')).toContain('user_tokens_not_forgotten');
    expectNoSecret(app.logs.lines, 'hunter2');
  });

  describe('tells onSignedOut', () => {
    it('who it was and what was revoked, when the session is over', async () => {
      const sessionStore = new RemoteSessions();
      const events: (SignedOutEvent & { sessions: number })[] = [];
      const onSignedOut = async (event: SignedOutEvent) => {
        events.push({ ...event, sessions: await sessionStore.count() });
      };
      const app = await started({
        sessionStore,
        clients: { userTokenStore: new SessionUserTokenStore() },
        login: { onSignedOut },
      });
      const browser = await signedIn(app);
      expect(events).toEqual([]);
      await leave(browser, app);
      expect(events).toEqual([
        {
          user: { key: expect.any(String), issuer: server.issuer, subject: 'alice' },
          revocation: { refreshToken: 'revoked', accessTokens: 'none' },
          sessions: 0,
        },
      ]);
      await leave(browser, app);
      expect(events).toHaveLength(1);
    });

    it('that nothing was revoked when the store of the tokens fails', async () => {
      const onSignedOut = jest.fn();
      const userTokenStore = new UnforgettingStore();
      const app = await started({ clients: { userTokenStore }, login: { onSignedOut } });
      await leave(await signedIn(app), app);
      expect(onSignedOut.mock.calls).toMatchObject([
        [{ user: { subject: 'alice' }, revocation: { refreshToken: 'failed' } }],
      ]);
    });

    it('and does not care when that fails', async () => {
      const onSignedOut = () => Promise.reject(new TypeError('hunter2'));
      const app = await started({ login: { onSignedOut } });
      const browser = await signedIn(app);
      const cookie = cookieOf(browser);
      const page = await leave(browser, app);
      expect(page.status).toBe(303);
      expect(page.headers.location).toContain('id_token_hint=');
      expect(await sessionOf(cookie, app)).not.toContain('of apples');
      expect(app.logs.lines.join('\n')).toContain('hook_failed: onSignedOut threw TypeError.');
      expectNoSecret([page, app.logs.lines], 'hunter2');
    });
  });
});
