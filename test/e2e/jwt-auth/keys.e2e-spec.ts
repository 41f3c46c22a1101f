import { Controller, Get } from '@nestjs/common';
import { JwtAuthModule } from 'nestjs-access-tokens';
import { type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { until } from '../../support/until.js';

const audience = 'https://api.example.com';

@Controller()
class ThingsController {
  @Get()
  any() {
    return { ok: true };
  }
}

describe('the keys of the authorization server', () => {
  let server: AuthorizationServer;
  let clock: TestClock;
  let api: RunningApp;

  /** A token that is good whatever the test clock says. */
  const sign = (header = {}, key = server.signingKey): Promise<string> =>
    server.sign({ exp: Math.floor(clock.now() / 1000) + 86_400 * 2 }, header, key);

  const statusOf = async (token: string): Promise<number> => (await api.get('/', token)).status;

  const keyFetches = (count: number): Promise<void> => until(() => server.requests.jwks >= count);

  beforeEach(async () => {
    server = await AuthorizationServer.start();
    clock = new TestClock();
    api = await startApp({
      imports: [
        JwtAuthModule.forRoot({
          issuer: server.issuer,
          audience,
          clock,
          // A thousand requests at once keep a small machine busy.
          backchannel: { timeoutMs: 30_000 },
        }),
      ],
      controllers: [ThingsController],
    });
  });

  afterEach(async () => {
    await api.close();
    await server.stop();
  });

  it('are discovered and fetched once for 1,000 concurrent first requests', async () => {
    const token = await sign();
    const statuses = await Promise.all(Array.from({ length: 1_000 }, () => statusOf(token)));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(server.requests).toMatchObject({ discovery: 1, jwks: 1 });
  });

  it('are fetched before the first request', async () => {
    await keyFetches(1);
    expect(server.requests).toMatchObject({ discovery: 1, jwks: 1 });
  });

  it('are fetched again for the first token of a new key, which is accepted at once', async () => {
    expect(await statusOf(await sign())).toBe(200);
    const old = await sign();
    await server.rotateKey();
    expect(await statusOf(await sign())).toBe(200);
    expect(await statusOf(old)).toBe(200);
    expect(server.requests).toMatchObject({ discovery: 1, jwks: 2 });
  });

  it('are fetched at most three times in a row for 200 unknown kids, and then once every three seconds', async () => {
    expect(await statusOf(await sign())).toBe(200);
    for (let i = 0; i < 200; i += 1)
      expect(await statusOf(await sign({ kid: `unknown-${i}` }))).toBe(401);
    expect(server.requests.jwks).toBe(4);
    clock.advance({ seconds: 3 });
    for (let i = 200; i < 250; i += 1)
      expect(await statusOf(await sign({ kid: `unknown-${i}` }))).toBe(401);
    expect(server.requests.jwks).toBe(5);
    expect(await statusOf(await sign())).toBe(200);
  });

  it('find a new key within three seconds while unknown kids use up all fetches', async () => {
    expect(await statusOf(await sign())).toBe(200);
    for (let i = 0; i < 10; i += 1)
      expect(await statusOf(await sign({ kid: `unknown-${i}` }))).toBe(401);
    await server.rotateKey();
    const fresh = await sign();
    expect(await statusOf(fresh)).toBe(401);
    clock.advance({ seconds: 3 });
    expect(await statusOf(fresh)).toBe(200);
  });

  it('are not fetched again at once for a kid that was looked for in vain, and are later', async () => {
    const other = await AuthorizationServer.start();
    const unpublished = other.signingKey;
    await other.stop();
    const token = await sign({ kid: unpublished.kid }, unpublished);
    for (let i = 0; i < 5; i += 1) expect(await statusOf(token)).toBe(401);
    expect(server.requests.jwks).toBe(2);
    clock.advance({ seconds: 6 });
    expect(await statusOf(token)).toBe(401);
    expect(server.requests.jwks).toBe(3);
  });

  it('are fetched ahead of their end, and no request waits for it', async () => {
    const token = await sign();
    expect(await statusOf(token)).toBe(200);
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    server.intercept = (kind) => (kind === 'jwks' ? held : undefined);
    clock.advance({ minutes: 9 });
    const statuses = await Promise.all(Array.from({ length: 20 }, () => statusOf(token)));
    await keyFetches(2);
    clock.advance({ minutes: 5 });
    statuses.push(await statusOf(token));
    letGo();
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(server.requests.jwks).toBe(2);
  });

  it('that are gone from the key set are refused after the next fetch', async () => {
    const token = await sign();
    expect(await statusOf(token)).toBe(200);
    await server.rotateKey({ keepOld: false });
    expect(await statusOf(await sign())).toBe(200);
    expect(await statusOf(token)).toBe(401);
  });

  it('serve on for an hour past their life when the server is down, then it is 503, and back once it is there', async () => {
    const token = await sign();
    expect(await statusOf(token)).toBe(200);
    await server.stop();
    clock.advance({ minutes: 69 });
    expect(await statusOf(token)).toBe(200);
    clock.advance({ minutes: 2 });
    const down = await api.get('/', token);
    expect(down.status).toBe(503);
    expect(Number(down.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    await server.start();
    expect(await statusOf(token)).toBe(503);
    clock.advance({ seconds: 30 });
    expect(await statusOf(token)).toBe(200);
  });

  it('are asked for once during an outage and not again before the back-off is over', async () => {
    await keyFetches(1);
    server.clear();
    server.intercept = (kind, _request, response) => {
      if (kind === 'jwks') response.writeHead(500).end();
      return kind === 'jwks';
    };
    const cold = await startApp({
      imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience, clock })],
      controllers: [ThingsController],
    });
    const token = await sign();
    const first = await Promise.all(Array.from({ length: 50 }, () => cold.get('/', token)));
    expect(new Set(first.map(({ status }) => status))).toEqual(new Set([503]));
    expect(server.requests.jwks).toBe(1);
    clock.advance({ seconds: 2 });
    const second = await Promise.all(Array.from({ length: 50 }, () => cold.get('/', token)));
    expect(new Set(second.map(({ status }) => status))).toEqual(new Set([503]));
    expect(server.requests.jwks).toBe(2);
    await cold.close();
  });

  it('are not looked for when the token is dead, foreign or of another kind anyway', async () => {
    await keyFetches(1);
    const hopeless = await Promise.all([
      server.sign({ exp: 1_700_000_000 }, { kid: 'a' }),
      server.sign({ iss: 'https://evil.example.com', exp: 4_000_000_000 }, { kid: 'b' }),
      server.sign({ exp: 4_000_000_000 }, { kid: 'c', typ: 'id+jwt' }),
    ]);
    for (const token of hopeless) expect(await statusOf(token)).toBe(401);
    expect(server.requests.jwks).toBe(1);
  });
});
