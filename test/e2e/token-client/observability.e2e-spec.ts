import { context, trace } from '@opentelemetry/api';
import type { TokenClientModuleOptions } from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, tokenEndpoint, type Responder } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { TestTelemetry } from '../../support/telemetry.js';
import { TokenClients } from '../../support/token-clients.js';

const secret = 'gateway-secret-9d1c';
const name = 'nestjs_access_tokens.client.name';
const result = 'nestjs_access_tokens.lookup.result';
const METRICS = {
  requests: 'nestjs_access_tokens.client.requests',
  failures: 'nestjs_access_tokens.client.failures',
  lookUps: 'nestjs_access_tokens.client.lookups',
  retries: 'nestjs_access_tokens.client.retries',
  duration: 'nestjs_access_tokens.client.request.duration',
};

describe('what can be seen of tokens', () => {
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
      tokenEndpoint: `${server.origin}/token?key=query-7f3e`,
      clientId: 'gateway',
      clientSecret: secret,
      clock,
      backchannel: { retries: 0 },
      clients: { orders: { baseURL: server.origin } },
      ...more,
    });

  const refusing: Responder = () => ({ status: 401, body: { error: 'invalid_client' } });
  const failing: Responder = () => ({ status: 503 });

  describe('in the log', () => {
    /** 1,000 calls, one after the other, spread over a quarter of an hour. */
    async function callOften(
      { tokens }: TokenClients,
      options: Parameters<typeof tokens.getToken>[1] = {},
      before: () => void = () => clock.advance({ ms: 900 }),
    ) {
      for (let call = 0; call < 1000; call++) {
        before();
        await tokens.getToken('orders', options).catch(() => undefined);
      }
    }

    const codes = (clients: TokenClients) =>
      clients.logs.ours.map((line) =>
        line.replace(/^(\w+) \[TokenClientModule\] (\w+):.*$/s, '$1 $2'),
      );

    it('there is nothing while all goes well, renewals included', async () => {
      server.respond = tokenEndpoint({ expires_in: 60 });
      const clients = await start();
      await callOften(clients);
      expect(server.requests.length).toBeGreaterThan(10);
      expect(clients.logs.ours).toEqual([]);
    });

    it('there is nothing for calls without a token: each gets its error', async () => {
      server.respond = failing;
      const clients = await start();
      await callOften(clients);
      expect(server.requests.length).toBeGreaterThan(100);
      expect(clients.logs.ours).toEqual([]);
    });

    it('a failing renewal is one line, the end of the token another, and the recovery a third', async () => {
      server.respond = tokenEndpoint({ expires_in: 3600 });
      const clients = await start();
      await clients.tokens.getToken('orders');
      clock.advance({ seconds: 3550 });
      server.respond = failing;
      await callOften(clients);
      expect(codes(clients)).toEqual(['warn token_renewal_failed', 'error token_ended']);
      server.respond = tokenEndpoint();
      await callOften(clients);
      expect(codes(clients).slice(2)).toEqual(['log token_renewal_recovered']);
    });

    it('a refusal is one line, for as long as it stands and comes back', async () => {
      server.respond = refusing;
      const clients = await start();
      await callOften(clients);
      expect(server.requests.length).toBeGreaterThan(10);
      expect(codes(clients)).toEqual(['warn token_request_refused']);
    });

    it('a refusal that comes back after a token is told anew', async () => {
      server.respond = refusing;
      const clients = await start();
      const ask = () => rejection(clients.tokens.getToken('orders'));
      await ask();
      server.respond = tokenEndpoint({ expires_in: 60 });
      clock.advance({ seconds: 31 });
      await clients.tokens.getToken('orders');
      server.respond = refusing;
      clock.advance({ seconds: 60 });
      await ask();
      expect(codes(clients)).toEqual(['warn token_request_refused', 'warn token_request_refused']);
    });

    it('an outage is two lines and not some for each token, where a client has many', async () => {
      const clients = await start({
        clients: {
          orders: { baseURL: server.origin, resolveClient: ({ tenant }) => ({ scope: tenant }) },
        },
      });
      const { tokens } = clients;
      const all = Array.from({ length: 50 }, (_, tenant) => `tenant-${tenant}`);
      const each = () =>
        Promise.all(all.map((tenant) => tokens.getToken('orders', { tenant }).catch(() => null)));
      await each();
      server.respond = failing;
      clock.advance({ seconds: 3595 });
      await each();
      expect(codes(clients)).toEqual(['warn token_renewal_failed']);
      clock.advance({ seconds: 5 });
      await each();
      expect(codes(clients)).toEqual(['warn token_renewal_failed', 'error token_ended']);
      server.respond = tokenEndpoint();
      await each();
      expect(codes(clients).slice(2)).toEqual(['log token_renewal_recovered']);
    });

    it('a refusal of a client is one line, however many tokens it has', async () => {
      server.respond = refusing;
      const clients = await start();
      for (let call = 0; call < 100; call++) {
        await rejection(clients.tokens.getToken('orders', { scope: `scope-${call}` }));
        clock.advance({ seconds: 1 });
      }
      // It is about the client, so that one request in 30 s is enough for all of them.
      expect(server.requests).toHaveLength(4);
      expect(codes(clients)).toEqual(['warn token_request_refused']);
    });

    it('there is nothing while the server has asked to wait', async () => {
      server.respond = () => ({ status: 429, headers: { 'retry-after': '600' } });
      const clients = await start();
      await callOften(clients, {}, () => undefined);
      expect(server.requests).toHaveLength(1);
      expect(clients.logs.ours).toEqual([]);
    });

    it('missing scopes are one line, also when calls want different ones in turn', async () => {
      server.respond = tokenEndpoint({ scope: 'read' });
      const clients = await start();
      for (let call = 0; call < 500; call++) {
        await clients.tokens.getToken('orders', { scope: 'read write' });
        await clients.tokens.getToken('orders', { scope: 'read delete' });
      }
      expect(codes(clients)).toEqual(['warn token_scope_narrower', 'warn token_scope_narrower']);
    });

    it('an API that refuses every token is a line a minute at most', async () => {
      const clients = await start();
      const { tokens } = clients;
      for (let call = 0; call < 1000; call++) {
        const rejected = await tokens.getToken('orders');
        await tokens.getToken('orders', { rejected });
        clock.advance({ ms: 50 });
      }
      expect(codes(clients)).toEqual(['warn token_rejected_again']);
    });

    it('a hook that always throws is one line', async () => {
      server.respond = failing;
      const hooks = {
        tokenRequestFailed: () => {
          throw new RangeError(secret);
        },
      };
      const clients = await start({ hooks });
      await callOften(clients);
      expect(codes(clients)).toEqual(['warn hook_failed']);
    });

    it('a tenant that nobody knows is no line', async () => {
      const clients = await start({
        clients: {
          orders: {
            baseURL: server.origin,
            resolveClient: () => {
              throw new Error(secret);
            },
          },
        },
      });
      await callOften(clients, { tenant: 'acme' });
      expect(clients.logs.ours).toEqual([]);
    });
  });

  describe('by OpenTelemetry', () => {
    let telemetry: TestTelemetry;

    beforeEach(() => {
      telemetry = TestTelemetry.start();
    });

    afterEach(() => telemetry.stop());

    it('token requests and look-ups are counted, by the name of the client', async () => {
      const { tokens } = await start();
      await Promise.all([1, 2, 3].map(() => tokens.getToken('orders')));
      for (let call = 0; call < 5; call++) await tokens.getToken('orders');
      expect(await telemetry.points()).toEqual({
        [METRICS.requests]: [{ attributes: { [name]: 'orders' }, value: 1 }],
        [METRICS.lookUps]: [
          { attributes: { [name]: 'orders', [result]: 'miss' }, value: 1 },
          { attributes: { [name]: 'orders', [result]: 'in_flight' }, value: 2 },
          { attributes: { [name]: 'orders', [result]: 'hit' }, value: 5 },
        ],
        [METRICS.duration]: [
          {
            attributes: { [name]: 'orders' },
            value: expect.objectContaining({ count: 1 }) as unknown,
          },
        ],
      });
    });

    it('every look-up is counted once, whatever stage the token is in', async () => {
      server.respond = tokenEndpoint({ expires_in: 3600 });
      const { tokens } = await start();
      await tokens.getToken('orders'); // miss
      clock.advance({ seconds: 3550 });
      await tokens.getToken('orders'); // hit, and a renewal in the background
      await tokens.getToken('orders', { force: true }); // in flight
      clock.advance({ seconds: 3595 });
      await Promise.all([tokens.getToken('orders'), tokens.getToken('orders')]); // miss, in flight
      const rejected = await tokens.getToken('orders'); // hit
      await tokens.getToken('orders', { rejected }); // miss
      const { [METRICS.lookUps]: lookUps = [] } = await telemetry.points();
      const counts = lookUps.map(({ attributes, value }) => [attributes[result], value]);
      expect(Object.fromEntries(counts)).toEqual({ miss: 3, hit: 2, in_flight: 2 });
      expect(server.requests).toHaveLength(4);
    });

    it.each<[string, Responder, string]>([
      ['a registered error code', refusing, 'invalid_client'],
      [
        'an error code that the server made up',
        () => ({ status: 400, body: { error: `made-up-${Math.random()}` } }),
        'token_request_failed',
      ],
      ['a server that is down', failing, 'token_endpoint_unavailable'],
    ])('a failure is counted by its kind: %s', async (_case, respond, kind) => {
      server.respond = respond;
      const { tokens } = await start();
      await rejection(tokens.getToken('orders'));
      const points = await telemetry.points();
      const attributes = { [name]: 'orders', 'error.type': kind };
      expect(points[METRICS.failures]).toEqual([{ attributes, value: 1 }]);
      expect(points[METRICS.requests]).toEqual([{ attributes: { [name]: 'orders' }, value: 1 }]);
      expect(points[METRICS.duration]).toMatchObject([{ attributes, value: { count: 1 } }]);
    });

    it('a request that is not made, as the server refused, is not counted', async () => {
      server.respond = () => ({ status: 429, headers: { 'retry-after': '600' } });
      const { tokens } = await start();
      for (let call = 0; call < 10; call++) await rejection(tokens.getToken('orders'));
      const points = await telemetry.points();
      expect(points[METRICS.requests]).toMatchObject([{ value: 1 }]);
      expect(points[METRICS.lookUps]).toMatchObject([{ value: 10 }]);
      expect(telemetry.spans).toHaveLength(1);
    });

    it('a call that is made once more after a 401 is counted', async () => {
      const answers = [401, 200];
      const give = tokenEndpoint();
      server.respond = (request, response) =>
        request.path.startsWith('/token')
          ? give(request, response)
          : { status: answers.shift() ?? 500, body: {} };
      const clients = await start();
      expect((await clients.axios('orders').get('/items')).status).toBe(200);
      const points = await telemetry.points();
      expect(points[METRICS.retries]).toEqual([{ attributes: { [name]: 'orders' }, value: 1 }]);
      expect(points[METRICS.requests]).toMatchObject([{ value: 2 }]);
    });

    it('metrics have units and a description, and durations are in seconds', async () => {
      server.respond = refusing;
      const { tokens } = await start();
      await rejection(tokens.getToken('orders'));
      const { scopeMetrics } = await telemetry.collected();
      expect(scopeMetrics.map(({ scope }) => scope.name)).toEqual(['nestjs-access-tokens']);
      const units = scopeMetrics.flatMap(({ metrics }) =>
        metrics.map(({ descriptor }) => [descriptor.name, descriptor.unit]),
      );
      expect(Object.fromEntries(units)).toEqual({
        [METRICS.requests]: '{request}',
        [METRICS.failures]: '{request}',
        [METRICS.lookUps]: '{lookup}',
        [METRICS.duration]: 's',
      });
    });

    it('an SDK that is started after the application gets its metrics too', async () => {
      await telemetry.stop();
      const { tokens } = await start();
      await tokens.getToken('orders');
      telemetry = TestTelemetry.start();
      await tokens.getToken('orders', { force: true });
      await tokens.getToken('orders');
      const points = await telemetry.points();
      expect(points[METRICS.requests]).toMatchObject([{ value: 1 }]);
      expect(points[METRICS.lookUps]).toMatchObject([{ value: 1 }, { value: 1 }]);
    });

    it('a token request is a span of kind client', async () => {
      const { tokens } = await start();
      await tokens.getToken('orders');
      await tokens.getToken('orders');
      expect(telemetry.spans).toHaveLength(1);
      expect(telemetry.spans[0]).toMatchObject({
        name: 'token request orders',
        kind: 2,
        status: { code: 0 },
        attributes: {
          [name]: 'orders',
          'nestjs_access_tokens.grant_type': 'client_credentials',
          'nestjs_access_tokens.outcome': 'success',
        },
        instrumentationScope: { name: 'nestjs-access-tokens' },
      });
    });

    it('a token request that fails is a span that says so', async () => {
      server.respond = refusing;
      const { tokens } = await start();
      await rejection(tokens.getToken('orders'));
      expect(telemetry.spans).toHaveLength(1);
      expect(telemetry.spans[0]).toMatchObject({
        status: { code: 2 },
        attributes: {
          [name]: 'orders',
          'nestjs_access_tokens.grant_type': 'client_credentials',
          'nestjs_access_tokens.outcome': 'failure',
          'error.type': 'invalid_client',
        },
      });
    });

    it('the span is beneath that of the caller, and what the request does is beneath it', async () => {
      const seen: (string | undefined)[] = [];
      const { tokens } = await start({
        clientSecret: () => {
          seen.push(trace.getActiveSpan()?.spanContext().spanId);
          return secret;
        },
      });
      const caller = trace.getTracer('test').startSpan('caller');
      await context.with(trace.setSpan(context.active(), caller), () => tokens.getToken('orders'));
      const [span] = telemetry.spans;
      expect(span?.parentSpanContext?.spanId).toBe(caller.spanContext().spanId);
      expect(seen).toEqual([span?.spanContext().spanId]);
    });

    it('nothing tells a tenant, a secret, a token or the query of a URL', async () => {
      const { tokens } = await start({
        clients: {
          orders: {
            baseURL: server.origin,
            resolveClient: ({ tenant }) => ({ scope: `scope-of-${tenant}` }),
          },
        },
      });
      await tokens.getToken('orders', { tenant: 'acme' });
      server.respond = () => ({
        status: 400,
        body: { error: 'invalid_scope', error_description: secret },
      });
      await rejection(tokens.getToken('orders', { tenant: 'umbrella' }));
      const secrets = [secret, 'token-1', 'query-7f3e', 'acme', 'umbrella'];
      expectNoSecret(await telemetry.points(), ...secrets);
      expect(telemetry.spans).toHaveLength(2);
      for (const { attributes, events, links, status, resource } of telemetry.spans) {
        expectNoSecret({ attributes, events, links, status, resource }, ...secrets);
      }
    });

    it('an SDK that throws costs no token', async () => {
      jest.spyOn(trace, 'getTracer').mockImplementation(() => {
        throw new Error('broken');
      });
      const { tokens } = await start();
      expect((await tokens.getToken('orders')).accessToken).toBe('token-1');
      jest.restoreAllMocks();
    });
  });

  describe('without OpenTelemetry', () => {
    it('all works where its API is there and no SDK', async () => {
      const { tokens } = await start();
      expect((await tokens.getToken('orders')).accessToken).toBe('token-1');
      expect((await tokens.getToken('orders')).accessToken).toBe('token-1');
    });

    it('all works where its API cannot be imported', async () => {
      jest.doMock('@opentelemetry/api', () => {
        throw new Error("Cannot find package '@opentelemetry/api'");
      });
      try {
        const telemetry = TestTelemetry.start();
        const { tokens } = await start();
        expect((await tokens.getToken('orders')).accessToken).toBe('token-1');
        // Which shows that it really could not be imported.
        expect(telemetry.spans).toEqual([]);
        await telemetry.stop();
      } finally {
        jest.dontMock('@opentelemetry/api');
      }
    });
  });
});
