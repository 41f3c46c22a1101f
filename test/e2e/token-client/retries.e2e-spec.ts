import type { TokenClientModuleOptions } from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import {
  RecordingServer,
  tokenEndpoint,
  type Answer,
  type Responder,
} from '../../support/recording-server.js';
import { rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

describe('a token request that fails', () => {
  let server: RecordingServer;
  let clock: TestClock;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    clock = new TestClock();
    server.requests.length = 0;
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  async function started(respond: Responder, more: Partial<TokenClientModuleOptions> = {}) {
    server.respond = respond;
    const { tokens, logs } = await TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      clock,
      clients: {
        orders: { baseURL: 'https://orders.example' },
        billing: { baseURL: 'https://billing.example', scope: 'billing' },
      },
      ...more,
    });
    const get = async (client = 'orders') => (await tokens.getToken(client)).accessToken;
    return { get, tokens, logs };
  }

  /** Fails like this so many times, and works from then on. */
  function failingFirst(times: number, failure: Answer | 'hang up'): Responder {
    const good = tokenEndpoint();
    let left = times;
    return (request, response) => {
      if (left-- <= 0) return good(request, response);
      if (failure !== 'hang up') return failure;
      response.destroy();
      return undefined;
    };
  }

  describe('and may work a moment later', () => {
    it.each<[string, Answer | 'hang up']>([
      ['500', { status: 500 }],
      ['502 with HTML', { status: 502, body: '<html></html>' }],
      ['503', { status: 503, body: 'down' }],
      ['503 with an OAuth error', { status: 503, body: { error: 'temporarily_unavailable' } }],
      ['504', { status: 504 }],
      ['429', { status: 429, body: { error: 'slow_down' } }],
      ['a connection that breaks', 'hang up'],
    ])('is repeated twice: %s', async (_case, failure) => {
      const { get } = await started(failingFirst(2, failure));
      expect(await get()).toBe('token-1');
      expect(server.requests).toHaveLength(3);
      expect(clock.naps).toHaveLength(2);
    });

    it('is repeated no more than twice, for all callers together', async () => {
      const { get } = await started(failingFirst(99, { status: 503 }));
      const errors = await Promise.all(Array.from({ length: 200 }, () => rejection(get())));
      expect(server.requests).toHaveLength(3);
      for (const error of errors) {
        expect(error).toMatchObject({ code: 'token_endpoint_unavailable', status: 503 });
      }
    });

    it('is made once by 200 callers where there are no retries', async () => {
      const { get } = await started(failingFirst(99, { status: 503 }), {
        backchannel: { retries: 0 },
      });
      await Promise.all(Array.from({ length: 200 }, () => rejection(get())));
      expect(server.requests).toHaveLength(1);
    });

    it('waits longer each time, at random', async () => {
      const { get } = await started(failingFirst(6, { status: 503 }), {
        backchannel: { retries: 6 },
      });
      await get();
      const longest = [200, 400, 800, 1600, 2000, 2000];
      expect(clock.naps).toHaveLength(6);
      for (const [index, nap] of clock.naps.entries()) {
        expect(nap).toBeGreaterThanOrEqual(0);
        expect(nap).toBeLessThanOrEqual(longest[index] ?? 0);
      }
      expect(new Set(clock.naps).size).toBeGreaterThan(1);
    });

    it('leaves nothing behind: the next call begins anew', async () => {
      const { get } = await started(failingFirst(3, { status: 503 }));
      await rejection(get());
      expect(await get()).toBe('token-1');
      expect(server.requests).toHaveLength(4);
    });

    it('is not asked for with every call once it failed time and again', async () => {
      const { get } = await started(failingFirst(99, { status: 503 }), {
        backchannel: { retries: 0 },
      });
      for (let call = 0; call < 50; call++) await rejection(get());
      expect(server.requests).toHaveLength(3);
      for (let second = 0; second < 60; second++) {
        clock.advance({ seconds: 1 });
        expect(await rejection(get())).toMatchObject({ status: 503, client: 'orders' });
      }
      expect(server.requests.length).toBeLessThan(20);
      server.respond = tokenEndpoint();
      clock.advance({ seconds: 5 });
      expect(await get()).toBe('token-1');
    });

    it('repeats discovery too', async () => {
      let failures = 2;
      const { get } = await started(
        ({ path }, response) => {
          if (!path.includes('well-known')) return tokenEndpoint()({} as never, response);
          if (failures-- > 0) return { status: 503 };
          return { body: { issuer: server.origin, token_endpoint: `${server.origin}/token` } };
        },
        { issuer: server.origin, tokenEndpoint: undefined },
      );
      expect(await get()).toBe('token-1');
      expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'POST']);
    });
  });

  describe('and will not work a moment later', () => {
    it.each<[string, Answer]>([
      ['invalid_grant', { status: 400, body: { error: 'invalid_grant' } }],
      ['404', { status: 404 }],
      ['a redirect', { status: 307, headers: { location: 'https://evil.example' } }],
      ['HTML with 200', { body: '<html></html>' }],
      ['no token', { body: { token_type: 'Bearer' } }],
      ['another type of token', { body: { access_token: 'x', token_type: 'mac' } }],
      ['too much', { body: ' '.repeat(1_100_000) }],
    ])('is not repeated: %s', async (_case, answer) => {
      const { get } = await started(() => answer);
      await rejection(get());
      expect(server.requests).toHaveLength(1);
      expect(clock.naps).toEqual([]);
    });
  });

  describe('with Retry-After', () => {
    it.each<[string, (now: number) => string, number]>([
      ['in seconds', () => '3', 3_000],
      ['as a date', (now) => new Date(now + 4_000).toUTCString(), 4_000],
      ['of zero', () => '0', 0],
      ['in the past', (now) => new Date(now - 4_000).toUTCString(), 0],
    ])('waits as long as the server says: %s', async (_case, value, expected) => {
      // HTTP dates have no fractions of a second.
      clock.advance({ ms: 1000 - (clock.now() % 1000) });
      const headers = { 'retry-after': value(clock.now()) };
      const { get } = await started(failingFirst(1, { status: 429, headers }));
      expect(await get()).toBe('token-1');
      expect(clock.naps).toEqual([expected]);
    });

    it.each(['soon', '-5', '1.5 minutes'])('ignores what makes no sense: %s', async (value) => {
      const headers = { 'retry-after': value };
      const { get } = await started(failingFirst(1, { status: 503, headers }));
      expect(await get()).toBe('token-1');
      expect(clock.naps).toHaveLength(1);
      expect(clock.naps[0]).toBeLessThanOrEqual(200);
    });

    it('leaves the server alone as long as it says, whatever is asked for', async () => {
      const { get, tokens } = await started(() => ({
        status: 429,
        headers: { 'retry-after': '60' },
      }));
      const until = new Date(clock.now() + 60_000);
      const error = await rejection(get());
      expect(error).toMatchObject({
        code: 'token_endpoint_unavailable',
        status: 429,
        retryAt: until,
        message: expect.stringContaining(
          `It is not asked again before ${until.toISOString()}`,
        ) as string,
      });
      expect(await rejection(get('billing'))).toMatchObject({ client: 'billing', retryAt: until });
      await rejection(tokens.getToken('orders', { force: true }));
      clock.advance({ seconds: 59 });
      await rejection(get());
      expect(server.requests).toHaveLength(1);

      server.respond = tokenEndpoint();
      clock.advance({ seconds: 1 });
      expect(await get()).toBe('token-1');
      expect(server.requests).toHaveLength(2);
    });

    it('is obeyed for five minutes at most', async () => {
      const { get } = await started(() => ({ status: 503, headers: { 'retry-after': '86400' } }));
      expect(await rejection(get())).toMatchObject({ retryAt: new Date(clock.now() + 300_000) });
    });

    it('holds nobody up after the clock was set back', async () => {
      const { get } = await started(() => ({ status: 503, headers: { 'retry-after': '60' } }));
      await rejection(get());
      server.respond = tokenEndpoint();
      clock.advance({ minutes: -10 });
      expect(await get()).toBe('token-1');
    });

    it('does not take away the token that there is', async () => {
      const { get } = await started(tokenEndpoint({ expires_in: 3600 }));
      await get();
      clock.advance({ seconds: 3595 });
      server.respond = () => ({ status: 429, headers: { 'retry-after': '60' } });
      expect(await get()).toBe('token-1');
      expect(await get()).toBe('token-1');
      expect(server.requests).toHaveLength(2);
    });
  });

  describe('because the authorization server refuses', () => {
    const refusing =
      (error: string): Responder =>
      () => ({ status: 400, body: { error } });

    it.each(['invalid_client', 'unauthorized_client', 'invalid_scope'])(
      'is not made again for 30 s: %s',
      async (code) => {
        const { get, tokens, logs } = await started(refusing(code));
        await Promise.all(Array.from({ length: 200 }, () => rejection(get())));
        clock.advance({ seconds: 29 });
        expect(await rejection(get())).toMatchObject({
          code: 'token_request_failed',
          oauthError: code,
          client: 'orders',
        });
        await rejection(tokens.getToken('orders', { force: true }));
        expect(server.requests).toHaveLength(1);
        expect(logs.ours).toEqual([
          expect.stringMatching(/^warn .*token_request_refused: .*Client 'orders'/) as string,
        ]);

        server.respond = tokenEndpoint();
        clock.advance({ seconds: 1 });
        expect(await get()).toBe('token-1');
      },
    );

    it.each(['invalid_target', 'invalid_request', 'invalid_grant', 'server_error'])(
      'is made again by the next call: %s',
      async (error) => {
        const { get } = await started(refusing(error));
        await rejection(get());
        server.respond = tokenEndpoint();
        expect(await get()).toBe('token-1');
      },
    );

    it('is forgotten by invalidate', async () => {
      const { get, tokens } = await started(refusing('invalid_client'));
      await rejection(get());
      server.respond = tokenEndpoint();
      await tokens.invalidate('orders');
      expect(await get()).toBe('token-1');
    });

    it('does not take away the token that there is', async () => {
      const { get } = await started(tokenEndpoint({ expires_in: 3600 }));
      await get();
      clock.advance({ seconds: 3595 });
      server.respond = refusing('invalid_client');
      expect(await Promise.all([get(), get()])).toEqual(['token-1', 'token-1']);
      expect(await get()).toBe('token-1');
      expect(server.requests).toHaveLength(2);
      clock.advance({ seconds: 5 });
      expect(await rejection(get())).toMatchObject({ oauthError: 'invalid_client' });
      expect(server.requests).toHaveLength(2);
    });

    it('leaves other tokens alone', async () => {
      const { get } = await started((request, response) =>
        request.body.includes('scope=billing')
          ? { status: 400, body: { error: 'invalid_scope' } }
          : tokenEndpoint()(request, response),
      );
      await rejection(get('billing'));
      expect(await get('orders')).toBe('token-1');
    });

    it.each([
      ['invalid_client', 1],
      ['unauthorized_client', 1],
      ['invalid_scope', 50],
    ])('is believed for whatever the client asks for, or not: %s', async (code, requests) => {
      const { tokens } = await started(refusing(code));
      for (let call = 0; call < 50; call++) {
        const error = await rejection(tokens.getToken('orders', { audience: `api-${call}` }));
        expect(error).toMatchObject({ oauthError: code, client: 'orders' });
      }
      expect(server.requests).toHaveLength(requests);
    });

    it('reads the secret once more, and asks at once where it is another', async () => {
      const secrets = ['old', 'new'];
      const good = tokenEndpoint();
      const { get } = await started(
        (request, response) =>
          request.headers.authorization === `Basic ${btoa('gateway:new')}`
            ? good(request, response)
            : { status: 401, body: { error: 'invalid_client' } },
        { clientSecret: () => secrets.shift() ?? 'new' },
      );
      expect(await get()).toBe('token-1');
      expect(server.requests).toHaveLength(2);
    });

    it('asks no more where the secret is the same, or cannot be read again', async () => {
      const reads: string[] = [];
      const { get } = await started(refusing('invalid_client'), {
        clientSecret: () => {
          reads.push('read');
          return 'same';
        },
      });
      expect(await rejection(get())).toMatchObject({ oauthError: 'invalid_client' });
      expect(reads).toHaveLength(2);
      expect(server.requests).toHaveLength(1);
    });
  });
});
