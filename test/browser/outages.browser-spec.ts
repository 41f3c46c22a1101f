import { useBrowser } from './support/use-browser.js';

describe('the web application of the sample when something is down, in a browser', () => {
  const tests = useBrowser();

  it('says so when the API is down, and goes on when it is back', async () => {
    const visitor = await tests.newVisitor();
    await visitor.signIn('alice');
    await tests.stage.stopApi();
    const answer = await visitor.press('Call the API as you');
    expect(answer.status()).toBe(502);
    expect(await visitor.title()).toBe('The API cannot be reached');
    await tests.stage.startApi();
    expect((await visitor.press('Try again')).status()).toBe(200);
    expect(await visitor.title()).toBe('Called with your token');
  });

  it('says so when the identity server is down and a token is due, and goes on when it is back', async () => {
    const visitor = await tests.newVisitor();
    await visitor.signIn('alice');
    tests.stage.clock.advance({ minutes: 10 });
    await tests.stage.server.stop();
    const answer = await visitor.press('Call the API as you');
    expect(answer.status()).toBe(503);
    expect((await answer.allHeaders())['retry-after']).toBe('5');
    expect(await visitor.title()).toBe('The identity server cannot be reached');
    await visitor.press('Home page');
    expect(await visitor.title()).toBe('Hello, Alice Smith');
    await tests.stage.server.start();
    expect((await visitor.press('Call the API as you')).status()).toBe(200);
    expect(await visitor.rows()).toMatchObject({ sub: 'alice' });
  });

  it('goes on with the token that it has while the identity server is down', async () => {
    const visitor = await tests.newVisitor();
    await visitor.signIn('alice');
    await visitor.press('Call the API as you');
    await tests.stage.server.stop();
    expect((await visitor.press('Call the API as you')).status()).toBe(200);
    // It is due but not over: the refresh fails, and nobody notices.
    tests.stage.clock.advance({ seconds: 70 });
    expect((await visitor.press('Call the API as you')).status()).toBe(200);
    await tests.stage.server.start();
  });

  it('says so when nobody can sign in at the moment', async () => {
    const visitor = await tests.newVisitor();
    await visitor.go('/');
    await tests.stage.server.stop();
    const answer = await visitor.press('Sign in');
    expect(answer.status()).toBe(503);
    expect(await visitor.title()).toBe('Signing in does not work');
    expect(await answer.text()).not.toContain(new URL(tests.stage.server.issuer).host);
    await tests.stage.server.start();
    await visitor.press('Sign in');
    await visitor.enterPassword('alice');
    expect(await visitor.title()).toBe('Hello, Alice Smith');
  });

  it('signs out all the same when the refresh token cannot be revoked, and says so', async () => {
    const visitor = await tests.newVisitor();
    await visitor.signIn('alice');
    await tests.stage.server.stop();
    await visitor.press('Sign out');
    expect(await visitor.page.getByRole('status').innerText()).toBe(
      'The identity server could not be told to revoke your refresh token. It is forgotten here, and ends by itself.',
    );
    await visitor.go('/');
    expect(await visitor.title()).toBe('Welcome');
    await tests.stage.server.start();
  });

  it('has a page for addresses that there are not', async () => {
    const visitor = await tests.newVisitor();
    const answer = await visitor.go('/nowhere');
    expect(answer.status()).toBe(404);
    expect(await visitor.title()).toBe('There is no such page');
  });
});
