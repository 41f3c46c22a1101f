import { createServer } from 'node:http';
import { users } from '../../sample/src/identity-server/identity-server.config.js';
import { close, listen } from '../../sample/src/identity-server/identity-server.js';
import { useBrowser } from './support/use-browser.js';

const mallory = {
  id: 'mallory',
  username: 'mallory',
  password: 'mallory-password',
  name: '<img src=x onerror="document.title=1">',
  email: 'mallory@example.com',
};

describe('signing in to the web application of the sample, in a browser', () => {
  const tests = useBrowser({ users: [...users, mallory] });
  const { newVisitor } = tests;

  it('asks who is not signed in, and knows who has signed in', async () => {
    const visitor = await newVisitor();
    expect((await visitor.go('/')).status()).toBe(200);
    expect(await visitor.title()).toBe('Welcome');
    await visitor.press('Sign in');
    expect(new URL(visitor.page.url()).origin).toBe(tests.stage.server.issuer);
    expect(await visitor.title()).toBe('Sign in');
    await visitor.enterPassword('alice');
    expect(visitor.page.url()).toBe(`${tests.stage.url}/`);
    expect(await visitor.title()).toBe('Hello, Alice Smith');
    await visitor.page.getByText('What the ID token says of the sign-in').click();
    expect(await visitor.rows()).toMatchObject({
      iss: tests.stage.server.issuer,
      aud: 'web',
      sub: 'alice',
      name: 'Alice Smith',
      email: 'alice@example.com',
      email_verified: 'true',
      'signed in at': tests.stage.server.issuer,
      user: 'alice',
      'refresh token': 'yes',
    });
  });

  it('says on every page who is signed in, those of errors too', async () => {
    const visitor = await newVisitor();
    const corner = () => visitor.page.locator('header span').textContent();
    await visitor.go('/nowhere');
    expect(await corner()).toBe('not signed in');
    await visitor.go('/');
    await visitor.press('Sign in');
    await visitor.enterPassword('alice');
    for (const [path, title] of [
      ['/nowhere', 'There is no such page'],
      ['/auth/callback?state=tampered', 'You were not signed in'],
    ] as const) {
      await visitor.go(path);
      expect([await visitor.title(), await corner()]).toEqual([title, 'Alice Smith']);
    }
  });

  it('has a page for who comes to the identity server by its address alone', async () => {
    const visitor = await newVisitor();
    const response = await visitor.page.goto(tests.stage.server.issuer);
    expect([response?.status(), await visitor.title()]).toEqual([200, 'Nothing to do here']);
  });

  it('leads to the page that was wanted before the sign-in', async () => {
    const visitor = await newVisitor();
    await visitor.go('/calls/user?from=bookmark');
    expect(new URL(visitor.page.url()).origin).toBe(tests.stage.server.issuer);
    await visitor.enterPassword('alice');
    expect(visitor.page.url()).toBe(`${tests.stage.url}/calls/user?from=bookmark`);
    expect(await visitor.title()).toBe('Called with your token');
  });

  it('keeps the session in a cookie that no script and no other site can use, under a new id after the sign-in', async () => {
    const visitor = await newVisitor();
    await visitor.go('/');
    await expect(visitor.sessionCookie()).resolves.toBeUndefined();
    await visitor.press('Sign in');
    const before = await visitor.sessionCookie();
    await visitor.enterPassword('alice');
    const after = await visitor.sessionCookie();
    const flags = { httpOnly: true, sameSite: 'Lax', secure: false, path: '/', expires: -1 };
    expect(before).toMatchObject(flags);
    expect(after).toMatchObject(flags);
    expect(after?.value).not.toBe(before?.value);
    await expect(visitor.page.evaluate(() => document.cookie)).resolves.toBe('');
  });

  it('shows no token anywhere', async () => {
    const visitor = await newVisitor();
    await visitor.signIn('alice');
    await visitor.press('Call the API as you');
    await visitor.press('Call it as this application');
    tests.stage.clock.advance({ seconds: 70 });
    await visitor.press('Call the API as you');
    await visitor.press('Sign out');
    const tokens = tests.stage.server.tokenExchanges.flatMap(({ body }) =>
      ['access_token', 'refresh_token', 'id_token'].flatMap((name) => {
        const token = body[name];
        // The signature alone is enough to tell a JWT by.
        return typeof token === 'string' ? [token, token.split('.').at(-1) ?? token] : [];
      }),
    );
    // Of sign-in, refresh and application: three access tokens, two refresh tokens, one ID token.
    expect(new Set(tokens).size).toBe(3 * 2 + 2 + 2);
    const received = await visitor.everythingReceived();
    expect(received).toContain('Hello, Alice Smith');
    expect(tokens.filter((token) => received.includes(token))).toEqual([]);
  });

  it('keeps users in two browsers apart', async () => {
    const [alice, bob] = [await newVisitor(), await newVisitor()];
    await alice.signIn('alice');
    await bob.signIn('bob');
    for (const [visitor, name] of [
      [alice, 'alice'],
      [bob, 'bob'],
      [alice, 'alice'],
    ] as const) {
      await visitor.go('/calls/user');
      expect(await visitor.rows()).toMatchObject({ sub: name });
    }
    expect(await alice.everythingReceived()).not.toContain('Bob Jones');
    expect(await bob.everythingReceived()).not.toContain('Alice Smith');
    await alice.press('Sign out');
    await bob.go('/');
    expect(await bob.title()).toBe('Hello, Bob Jones');
  });

  it('signs out, and has the refresh token revoked', async () => {
    const visitor = await newVisitor();
    await visitor.signIn('alice');
    const refreshToken = String(tests.stage.server.tokenExchanges.at(-1)?.body['refresh_token']);
    await expect(tests.stage.server.isAlive(refreshToken)).resolves.toBe(true);
    const before = await visitor.sessionCookie();
    await visitor.press('Sign out');
    expect(visitor.page.url()).toBe(`${tests.stage.url}/signed-out`);
    expect(await visitor.page.getByRole('status').innerText()).toBe(
      'Your refresh token was revoked: the identity server does not accept it any more.',
    );
    await expect(tests.stage.server.isAlive(refreshToken)).resolves.toBe(false);
    expect(tests.stage.server.revocations).toMatchObject([
      { clientId: 'web', parameters: { token: refreshToken }, status: 200 },
    ]);
    expect((await visitor.sessionCookie())?.value).not.toBe(before?.value);
    await visitor.go('/');
    expect(await visitor.title()).toBe('Welcome');
  });

  it('signs out of the identity server as well, so that the next sign-in takes a password', async () => {
    const visitor = await newVisitor();
    await visitor.signIn('alice');
    await visitor.press('Sign out');
    await visitor.press('Sign out of the identity server');
    expect(await visitor.title()).toBe('Sign out?');
    await visitor.press('Sign out');
    expect(visitor.page.url()).toBe(`${tests.stage.url}/`);
    await visitor.press('Sign in');
    expect(await visitor.title()).toBe('Sign in');
  });

  it('takes no form from another place, though the browser sends the cookie along', async () => {
    const visitor = await newVisitor();
    await visitor.signIn('alice');
    const evil = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(
        ['/sign-out', '/auth/logout']
          .map(
            (path) =>
              `<form method="post" action="${tests.stage.url}${path}"><button>${path}</button></form>`,
          )
          .join(''),
      );
    });
    const port = await listen(evil, 0, '127.0.0.1');
    for (const path of ['/sign-out', '/auth/logout']) {
      await visitor.page.goto(`http://127.0.0.1:${port}/`);
      const answer = await visitor.press(path);
      expect(answer.status()).toBe(403);
      expect((await answer.request().allHeaders())['cookie']).toContain('web.sid');
    }
    await close(evil);
    await visitor.go('/');
    expect(await visitor.title()).toBe('Hello, Alice Smith');
    expect(tests.stage.server.revocations).toEqual([]);
  });

  it('refuses an answer with a state that it never gave out, and lets the user try again', async () => {
    const visitor = await newVisitor();
    await visitor.go('/');
    await visitor.press('Sign in');
    const issuer = encodeURIComponent(tests.stage.server.issuer);
    const answer = await visitor.go(`/auth/callback?code=stolen&state=tampered&iss=${issuer}`);
    expect(answer.status()).toBe(400);
    expect(await visitor.title()).toBe('You were not signed in');
    expect(tests.stage.server.requests.token).toBe(0);
    await visitor.press('Sign in');
    await visitor.enterPassword('alice');
    expect(await visitor.title()).toBe('Hello, Alice Smith');
  });

  it('refuses an answer that it has had before', async () => {
    const visitor = await newVisitor();
    const callbacks: string[] = [];
    visitor.page.on('request', (request) => {
      if (request.url().includes('/auth/callback')) callbacks.push(request.url());
    });
    await visitor.signIn('alice');
    const answer = await visitor.page.goto(String(callbacks[0]));
    expect(answer?.status()).toBe(400);
    expect(tests.stage.server.requests.token).toBe(1);
    await visitor.press('Home page');
    expect(await visitor.title()).toBe('Hello, Alice Smith');
  });

  it('has a page for who says no', async () => {
    const visitor = await newVisitor();
    await visitor.go('/');
    await visitor.press('Sign in');
    const answer = await visitor.press('Cancel');
    expect(answer.status()).toBe(401);
    expect(await visitor.title()).toBe('You were not signed in');
  });

  it('shows a name as text, whatever it is', async () => {
    const visitor = await newVisitor();
    await visitor.signIn('mallory');
    expect(await visitor.title()).toBe(`Hello, ${mallory.name}`);
    await expect(visitor.page.locator('main img, header img').count()).resolves.toBe(0);
  });

  it('sends pages that nobody keeps, frames or adds scripts to', async () => {
    const visitor = await newVisitor();
    const headers = await (await visitor.go('/')).allHeaders();
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; form-action 'self' ${tests.stage.server.issuer}; base-uri 'none'; frame-ancestors 'none'`,
    );
  });
});
