import { useBrowser } from './support/use-browser.js';
import type { Visitor } from './support/visitor.js';

describe('calling the API from the web application of the sample, in a browser', () => {
  const tests = useBrowser();

  const signedIn = async (): Promise<Visitor> => {
    const visitor = await tests.newVisitor();
    await visitor.signIn('alice');
    return visitor;
  };
  const refreshes = () =>
    tests.stage.server.tokenExchanges.filter(
      ({ parameters }) => parameters['grant_type'] === 'refresh_token',
    );
  const lastRefreshToken = () =>
    String(
      tests.stage.server.tokenExchanges.findLast(({ body }) => body['refresh_token'])?.body[
        'refresh_token'
      ],
    );
  const countOf = (visitor: Visitor) => visitor.page.locator('[data-refreshes]').innerText();
  const left = (visitor: Visitor) => visitor.page.locator('[data-left]').innerText();
  const due = (visitor: Visitor) => visitor.page.locator('[data-due]').innerText();

  it('sends the token of the user', async () => {
    const visitor = await signedIn();
    expect((await visitor.press('Call the API as you')).status()).toBe(200);
    expect(await visitor.title()).toBe('Called with your token');
    expect(await visitor.rows()).toMatchObject({
      iss: tests.stage.server.issuer,
      aud: 'https://api.example.com',
      sub: 'alice',
      client_id: 'web',
      scope: 'api1',
    });
    // The sign-in brought it already.
    expect(tests.stage.server.requests.token).toBe(1);
  });

  it('sends its own token, for a user or for nobody', async () => {
    const visitor = await tests.newVisitor();
    await visitor.go('/');
    await visitor.press('Call the API as this application');
    const ofApplication = { sub: 'web', client_id: 'web', scope: 'api1' };
    expect(await visitor.rows()).toMatchObject(ofApplication);
    await visitor.signIn('alice');
    await visitor.press('Call it as this application');
    expect(await visitor.title()).toBe('Called with the token of this application');
    expect(await visitor.rows()).toMatchObject(ofApplication);
  });

  it('refreshes the token of the user in its last fifth, and tells so', async () => {
    const visitor = await signedIn();
    expect(await left(visitor)).toBe('75 s');
    expect(await due(visitor)).toBe('The first call after 60 s refreshes it.');
    expect(await countOf(visitor)).toBe('never');
    const first = lastRefreshToken();

    tests.stage.clock.advance({ seconds: 59 });
    await visitor.press('Call the API as you');
    expect(await countOf(visitor)).toBe('never');
    expect(refreshes()).toHaveLength(0);

    tests.stage.clock.advance({ seconds: 1 });
    await visitor.go('/');
    expect(await left(visitor)).toBe('15 s');
    expect(await due(visitor)).toBe('The next call refreshes it.');
    await visitor.press('Call the API as you');
    expect(await visitor.page.getByRole('status').innerText()).toBe(
      'Your token was due, so it was refreshed first.',
    );
    expect(await countOf(visitor)).toBe('once');
    expect(await left(visitor)).toBe('75 s');
    expect(refreshes()).toMatchObject([{ parameters: { refresh_token: first }, status: 200 }]);
    await expect(tests.stage.server.isAlive(first)).resolves.toBe(false);
    await expect(tests.stage.server.isAlive(lastRefreshToken())).resolves.toBe(true);
  });

  it('refreshes a token that has ended, again and again', async () => {
    const visitor = await signedIn();
    for (const count of ['once', '2 times', '3 times']) {
      tests.stage.clock.advance({ minutes: 10 });
      await visitor.go('/');
      expect(await left(visitor)).toBe('0 s');
      expect((await visitor.press('Call the API as you')).status()).toBe(200);
      expect(await countOf(visitor)).toBe(count);
    }
    expect(refreshes()).toHaveLength(3);
    expect(tests.stage.server.refreshTokenReuses).toBe(0);
  });

  it('refreshes once for two tabs at the same time', async () => {
    const visitor = await signedIn();
    tests.stage.clock.advance({ minutes: 10 });
    const tabs = [visitor.page, await visitor.context.newPage(), await visitor.context.newPage()];
    const answers = await Promise.all(tabs.map((tab) => tab.goto(`${tests.stage.url}/calls/user`)));
    expect(answers.map((answer) => answer?.status())).toEqual([200, 200, 200]);
    expect(refreshes()).toHaveLength(1);
    await visitor.go('/');
    expect(await countOf(visitor)).toBe('once');
  });

  it('counts the seconds down', async () => {
    const visitor = await tests.newVisitor();
    await visitor.page.clock.install();
    await visitor.signIn('alice');
    expect(await left(visitor)).toBe('75 s');
    await visitor.page.clock.runFor(5_000);
    expect(await left(visitor)).toBe('70 s');
    expect(await due(visitor)).toBe('The first call after 55 s refreshes it.');
    await visitor.page.clock.runFor(80_000);
    expect(await left(visitor)).toBe('0 s');
    expect(await due(visitor)).toBe('The next call refreshes it.');
  });

  it('asks to sign in again when the identity server has ended the session, and goes on from there', async () => {
    const visitor = await signedIn();
    tests.stage.server.forgetUsers();
    tests.stage.clock.advance({ minutes: 10 });
    await visitor.press('Call the API as you');
    expect(new URL(visitor.page.url()).origin).toBe(tests.stage.server.issuer);
    // Whoever does not want to is told why, and finds the rest of the application.
    await visitor.go('/');
    expect(await visitor.title()).toBe('Welcome');
    expect(await visitor.page.getByRole('status').innerText()).toBe(
      'Your sign-in has ended. Please sign in again.',
    );
    await visitor.go('/calls/user');
    await visitor.enterPassword('alice');
    expect(visitor.page.url()).toBe(`${tests.stage.url}/calls/user`);
    expect(await visitor.rows()).toMatchObject({ sub: 'alice' });
    expect(await countOf(visitor)).toBe('never');
    expect(refreshes()).toHaveLength(1);
  });
});
