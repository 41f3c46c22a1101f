import { AsyncLocalStorage } from 'node:async_hooks';
import type { TokenClientModuleOptions } from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, tokenEndpoint, type Responder } from '../../support/recording-server.js';
import { rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

describe('the life of a token', () => {
  let server: RecordingServer;
  let clock: TestClock;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    clock = new TestClock();
    server.requests.length = 0;
    server.respond = tokenEndpoint();
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  const start = (more: Partial<TokenClientModuleOptions> = {}) =>
    TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      clock,
      // Retries have tests of their own; here one failure is one request.
      backchannel: { retries: 0 },
      clients: { orders: { baseURL: 'https://orders.example' } },
      ...more,
    });

  /** Starts an application whose token endpoint answers like this. */
  async function started(respond: Responder, more: Partial<TokenClientModuleOptions> = {}) {
    server.respond = respond;
    const clients = await start(more);
    const get = async () => (await clients.tokens.getToken('orders')).accessToken;
    /** Joins the renewal that goes on in the background. */
    const joinRenewal = async () =>
      (await clients.tokens.getToken('orders', { force: true })).accessToken;
    return { get, joinRenewal, logs: clients.logs, tokens: clients.tokens };
  }

  const failing: Responder = () => ({ status: 503, body: 'down' });

  describe('renewal', () => {
    it('is not thought of while the token is young', async () => {
      const { get } = await started(tokenEndpoint({ expires_in: 3600 }));
      await get();
      clock.advance({ seconds: 3535 });
      expect(await get()).toBe('token-1');
      expect(server.requests).toHaveLength(1);
    });

    it('happens in the background in the last minute, by one call, while all go on with the old token', async () => {
      const { get, joinRenewal } = await started(tokenEndpoint({ expires_in: 3600 }));
      await get();
      clock.advance({ seconds: 3549 });
      const all = await Promise.all(Array.from({ length: 100 }, get));
      expect(new Set(all)).toEqual(new Set(['token-1']));
      expect(await joinRenewal()).toBe('token-2');
      expect(await get()).toBe('token-2');
      expect(server.requests).toHaveLength(2);
    });

    it('is waited for in the last ten seconds, by all for the same request', async () => {
      const { get } = await started(tokenEndpoint({ expires_in: 3600 }));
      await get();
      clock.advance({ seconds: 3591 });
      const all = await Promise.all(Array.from({ length: 100 }, get));
      expect(new Set(all)).toEqual(new Set(['token-2']));
      expect(server.requests).toHaveLength(2);
    });

    it('is waited for when the token has ended', async () => {
      const { get } = await started(tokenEndpoint({ expires_in: 3600 }));
      await get();
      clock.advance({ minutes: 120 });
      expect(await get()).toBe('token-2');
    });

    it('is not left to a timer: a token that nobody asks for is not renewed', async () => {
      const { get } = await started(tokenEndpoint({ expires_in: 3600 }));
      await get();
      clock.advance({ minutes: 600 });
      await new Promise((resolve) => setImmediate(resolve));
      expect(server.requests).toHaveLength(1);
    });

    it.each([
      // lifetime, still the first token, renewed in the background, waited for
      [5, 3.9, 4.2, 4.6],
      [30, 23.9, 25, 27.5],
      [60, 47.9, 50, 55],
      [1, 0.79, 0.85, 0.95],
    ])(
      'leaves a token of %d s its life: margins are fractions of it',
      async (lifetime, young, ageing, old) => {
        const { get, joinRenewal } = await started(tokenEndpoint({ expires_in: lifetime }));
        await get();
        clock.advance({ ms: young * 1000 });
        await get();
        expect(server.requests).toHaveLength(1);
        clock.advance({ ms: (ageing - young) * 1000 });
        expect(await get()).toBe('token-1');
        expect(await joinRenewal()).toBe('token-2');
        clock.advance({ ms: old * 1000 });
        expect(await get()).toBe('token-3');
        expect(server.requests).toHaveLength(3);
      },
    );

    it('ends in no hot loop when the server gives the same token until it dies', async () => {
      const end = clock.now() + 300_000;
      const { get } = await started(() => ({
        body: {
          access_token: clock.now() < end ? 'same' : 'next',
          token_type: 'Bearer',
          expires_in: clock.now() < end ? (end - clock.now()) / 1000 : 300,
        },
      }));
      for (let ms = 0; ms < 300_000; ms += 100) {
        await get();
        clock.advance({ ms: 100 });
      }
      expect(await get()).toBe('next');
      expect(server.requests.length).toBeLessThan(10);
    });
  });

  describe('a renewal that fails', () => {
    it('is logged once and not thrown while the token lives, and tried again after five seconds', async () => {
      const { get, joinRenewal, logs } = await started(tokenEndpoint({ expires_in: 3600 }));
      await get();
      clock.advance({ seconds: 3550 });
      server.respond = failing;
      expect(await get()).toBe('token-1');
      await rejection(joinRenewal());
      for (let call = 0; call < 10; call++) expect(await get()).toBe('token-1');
      expect(server.requests).toHaveLength(2);

      clock.advance({ seconds: 5 });
      expect(await get()).toBe('token-1');
      await rejection(joinRenewal());
      expect(server.requests).toHaveLength(3);

      server.respond = tokenEndpoint({ access_token: 'fresh' });
      clock.advance({ seconds: 5 });
      expect(await get()).toBe('token-1');
      expect(await joinRenewal()).toBe('fresh');
      expect(await get()).toBe('fresh');
      expect(server.requests).toHaveLength(4);
      expect(logs.ours).toEqual([
        expect.stringMatching(
          /^warn .*Client 'orders': token renewal failed, going on with the token that ends at .*Z\. .* answered 503/,
        ),
        expect.stringMatching(/^log .*Client 'orders': token renewal works again\.$/),
      ]);
    });

    it('gives the callers who waited for it the old token, as long as that lives', async () => {
      const { get } = await started(tokenEndpoint({ expires_in: 3600 }));
      await get();
      clock.advance({ seconds: 3595 });
      server.respond = failing;
      expect(await Promise.all([get(), get(), get()])).toEqual(['token-1', 'token-1', 'token-1']);
      expect(await get()).toBe('token-1');
      expect(server.requests).toHaveLength(2);
    });

    it('is thrown when the token ended meanwhile', async () => {
      const { get } = await started(tokenEndpoint({ expires_in: 3600 }));
      await get();
      clock.advance({ seconds: 3595 });
      server.respond = () => {
        clock.advance({ seconds: 10 });
        return { status: 503 };
      };
      expect(await rejection(get())).toMatchObject({ code: 'token_endpoint_unavailable' });
    });

    it('is thrown at once when the token has ended', async () => {
      const { get } = await started(tokenEndpoint({ expires_in: 3600 }));
      await get();
      clock.advance({ seconds: 3600 });
      server.respond = failing;
      expect(await rejection(get())).toMatchObject({ code: 'token_endpoint_unavailable' });
    });

    it('is thrown for whoever forces it, and the others keep their token', async () => {
      const { get, tokens } = await started(tokenEndpoint({ expires_in: 3600 }));
      await get();
      server.respond = failing;
      expect(await rejection(tokens.getToken('orders', { force: true }))).toMatchObject({
        code: 'token_endpoint_unavailable',
        status: 503,
      });
      expect(await get()).toBe('token-1');
    });
  });

  describe('a first request that fails', () => {
    it('is made once for all who wait, and not kept: the next call asks again', async () => {
      const { get, logs } = await started(failing);
      const errors = await Promise.all(Array.from({ length: 200 }, () => rejection(get())));
      expect(server.requests).toHaveLength(1);
      expect(errors[0]).toMatchObject({ code: 'token_endpoint_unavailable', client: 'orders' });
      server.respond = tokenEndpoint();
      expect(await get()).toBe('token-1');
      expect(server.requests).toHaveLength(2);
      expect(logs.ours).toEqual([]);
    });

    it('gives each caller an error of its own, with the name of its client', async () => {
      server.respond = failing;
      const { tokens } = await start({
        clients: {
          orders: { baseURL: 'https://a.example' },
          billing: { baseURL: 'https://b.example' },
        },
      });
      const [one, two, three] = await Promise.all(
        ['orders', 'billing', 'orders'].map((name) => rejection(tokens.getToken(name))),
      );
      expect(server.requests).toHaveLength(1);
      expect(one).toMatchObject({ client: 'orders' });
      expect(two).toMatchObject({
        client: 'billing',
        message: expect.stringMatching(/^Client 'billing'/) as string,
      });
      expect(three).not.toBe(one);
    });
  });

  it.each([
    ['32,768 characters', 32_768, true],
    ['more', 32_769, false],
  ])('may be long: %s', async (_case, length, good) => {
    const { get } = await started(tokenEndpoint({ access_token: 'x'.repeat(length) }));
    const outcome = await get().catch((error: unknown) => error);
    if (good) expect(outcome).toHaveLength(length);
    else expect(outcome).toMatchObject({ code: 'token_endpoint_unavailable' });
  });

  it('makes room for others where there are too many', async () => {
    const { tokens } = await started(tokenEndpoint(), { maxCachedTokens: 2 });
    const get = async (scope: string) => (await tokens.getToken('orders', { scope })).accessToken;
    expect([await get('a'), await get('b'), await get('a')]).toEqual([
      'token-1',
      'token-2',
      'token-1',
    ]);
    await get('c');
    expect(await get('a')).toBe('token-1');
    expect(await get('b')).toBe('token-4');
  });

  describe('expires_in', () => {
    const jwt = (claims: object) =>
      ['{"alg":"none"}', JSON.stringify(claims), 'x']
        .map((part) => Buffer.from(part).toString('base64url'))
        .join('.');
    const now = () => Math.floor(clock.now() / 1000);

    /** How long the token is used, in seconds: the end that is told. */
    async function lifetimeWith(members: Record<string, unknown>): Promise<number> {
      const { tokens } = await started(tokenEndpoint(members));
      const token = await tokens.getToken('orders');
      const lifetime = (token.expiresAt.getTime() - clock.now()) / 1000;
      if (lifetime > 0) expect(await tokens.getToken('orders')).toBe(token);
      return lifetime;
    }

    it.each<[string, unknown, number]>([
      ['a number', 3600, 3600],
      ['a numeric string', '3600', 3600],
      ['a numeric string with spaces', ' 60 ', 60],
      ['a fraction', 90.5, 90.5],
      ['missing', undefined, 300],
      ['null', null, 300],
      ['an empty string', '', 300],
      ['words', 'an hour', 300],
      ['NaN as a string', 'NaN', 300],
      ['true', true, 300],
      ['a list', [3600], 300],
      ['an object', {}, 300],
      ['a year', 31_536_000, 86_400],
      ['1e308', 1e308, 86_400],
      ['1e308 as a string', '1e308', 86_400],
      ['infinite', 'Infinity', 86_400],
    ])('%s', async (_case, value, lifetime) => {
      expect(await lifetimeWith({ expires_in: value })).toBe(lifetime);
    });

    it('too large for JSON', async () => {
      const { tokens } = await started(() => ({
        body: '{"access_token":"t","token_type":"Bearer","expires_in":1e999}',
      }));
      const { expiresAt } = await tokens.getToken('orders');
      expect(expiresAt.getTime() - clock.now()).toBe(86_400_000);
    });

    it.each([
      ['zero', 0],
      ['negative', -60],
      ['a negative string', '-1'],
    ])('%s: for those who wait for it, and nobody after them', async (_case, value) => {
      const { get } = await started(tokenEndpoint({ expires_in: value }));
      expect(await Promise.all([get(), get(), get()])).toEqual(['token-1', 'token-1', 'token-1']);
      expect(await get()).toBe('token-2');
      expect(server.requests).toHaveLength(2);
    });

    it('missing, and the token is a JWT: until its exp', async () => {
      clock.advance({ ms: 1000 - (clock.now() % 1000) });
      const token = (claims: object) => ({ expires_in: undefined, access_token: jwt(claims) });
      expect(await lifetimeWith(token({ exp: now() + 1200 }))).toBe(1200);
      expect(await lifetimeWith(token({ iat: now() - 600, exp: now() + 1200 }))).toBe(1200);
      // The clock of the server is ahead: what counts is how long it wants the token to live.
      expect(await lifetimeWith(token({ iat: now() + 600, exp: now() + 1800 }))).toBe(1200);
      expect(await lifetimeWith(token({ exp: now() - 1 }))).toBe(0);
      expect(await lifetimeWith(token({ exp: 'soon' }))).toBe(300);
      expect(await lifetimeWith(token({}))).toBe(300);
      expect(await lifetimeWith({ expires_in: undefined, access_token: 'a.b.c' })).toBe(300);
    });

    it('is counted from the start of the request', async () => {
      const before = clock.now();
      server.respond = () => {
        clock.advance({ seconds: 7 });
        return { body: { access_token: 't', token_type: 'Bearer', expires_in: 100 } };
      };
      const { tokens } = await start();
      const { expiresAt } = await tokens.getToken('orders');
      expect(expiresAt.getTime()).toBe(before + 100_000);
    });
  });

  it('is not believed after the clock was set back', async () => {
    const { get } = await started(tokenEndpoint({ expires_in: 3600 }));
    await get();
    clock.advance({ minutes: -30 });
    expect(await get()).toBe('token-2');
    expect(await get()).toBe('token-2');
  });

  describe('discovery', () => {
    const metadata = () => ({ issuer: server.origin, token_endpoint: `${server.origin}/token` });
    const discovering: Responder = ({ path }, response) =>
      path.includes('well-known') ? { body: metadata() } : tokenEndpoint()({} as never, response);
    const discoveries = () =>
      server.requests.filter(({ path }) => path.includes('well-known')).length;
    const withIssuer = () => ({ issuer: server.origin, tokenEndpoint: undefined });

    it('is asked once for all clients, and again after an hour', async () => {
      server.respond = discovering;
      const { tokens } = await start({
        ...withIssuer(),
        clients: {
          one: { baseURL: 'https://a.example', scope: 'a' },
          two: { baseURL: 'https://b.example', scope: 'b' },
        },
      });
      await Promise.all([tokens.getToken('one'), tokens.getToken('two')]);
      clock.advance({ minutes: 59 });
      await tokens.getToken('one', { force: true });
      expect(discoveries()).toBe(1);
      clock.advance({ minutes: 2 });
      await tokens.getToken('one', { force: true });
      expect(discoveries()).toBe(2);
    });

    it('that fails is asked again by the next call', async () => {
      const { get } = await started(failing, withIssuer());
      expect(await rejection(get())).toMatchObject({
        code: 'token_endpoint_unavailable',
        endpoint: server.origin,
        reason: expect.stringContaining('answered 503') as string,
      });
      server.respond = discovering;
      expect(await get()).toBe('token-1');
    });

    it('that fails later leaves what is known in use, and is tried again after a minute', async () => {
      const { tokens } = await started(discovering, withIssuer());
      const force = () => tokens.getToken('orders', { force: true });
      await force();
      clock.advance({ minutes: 61 });
      server.respond = ({ path }, response) =>
        path.includes('well-known') ? { status: 500 } : discovering({ path } as never, response);
      await force();
      await force();
      expect(discoveries()).toBe(2);
      clock.advance({ minutes: 2 });
      server.respond = discovering;
      await force();
      expect(discoveries()).toBe(3);
    });

    it.each<[string, object, string]>([
      ['of another issuer', { issuer: 'https://evil.example' }, 'another issuer'],
      ['without a token endpoint', { token_endpoint: undefined }, 'no token_endpoint'],
      ['with a token endpoint that is no URL', { token_endpoint: 'token' }, 'no token_endpoint'],
      [
        'with a token endpoint on plain http elsewhere',
        { token_endpoint: 'http://evil.example/token' },
        'http://evil.example/token is not https',
      ],
    ])('is not believed with metadata %s', async (_case, members, reason) => {
      const { get } = await started(() => ({ body: { ...metadata(), ...members } }), withIssuer());
      expect(await rejection(get())).toMatchObject({
        code: 'token_endpoint_unavailable',
        reason: expect.stringContaining(reason) as string,
      });
      expect(server.requests.every(({ method }) => method === 'GET')).toBe(true);
    });
  });

  it('is nobody’s request: what it does is not seen in the context of the first caller', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { get } = await started(tokenEndpoint(), {
      clientSecret: () => {
        seen.push(storage.getStore());
        return 'gateway-secret';
      },
    });
    await storage.run('the request of Alice', async () => {
      await get();
      seen.push(storage.getStore());
    });
    expect(seen).toEqual([undefined, 'the request of Alice']);
  });
});
