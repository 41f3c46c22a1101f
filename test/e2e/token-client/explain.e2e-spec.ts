import { Injectable, Module } from '@nestjs/common';
import {
  TokenClientModule,
  type ProvidedToken,
  type TokenClientOptions,
  type TokenClientModuleOptions,
  type TokenExplanation,
  type TokenProvider,
  type TokenProviderContext,
} from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';
import { until } from '../../support/until.js';

const secret = 'gateway-secret-77c2';

describe('ClientTokenService.explain', () => {
  let server: RecordingServer;
  let clock: TestClock;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    clock = new TestClock();
    server.requests.length = 0;
    server.respond = tokenEndpoint({ expires_in: 3600, access_token: 'secret-token' });
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  const options = (more: Partial<TokenClientModuleOptions> = {}): TokenClientModuleOptions => ({
    tokenEndpoint: `${server.origin}/token?key=query-secret`,
    clientId: 'gateway',
    clientSecret: secret,
    clock,
    backchannel: { retries: 0 },
    clients: { orders: { baseURL: 'https://orders.example/v1', scope: 'read write' } },
    ...more,
  });

  async function start(more: Partial<TokenClientModuleOptions> = {}) {
    const { tokens } = await TokenClients.start(options(more));
    const explain = async (
      ...rest: Parameters<typeof tokens.explain> extends [string, ...infer R] ? R : never
    ) => {
      const before = server.requests.length;
      const explanation = await tokens.explain('orders', ...rest);
      expect(server.requests).toHaveLength(before);
      expectNoSecret(explanation, secret, 'secret-token', 'query-secret', 'extra-value');
      expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
      return explanation;
    };
    return { tokens, explain };
  }

  const at = (ms: number) => new Date(ms).toISOString();
  const from = (seconds: number) => at(clock.now() + seconds * 1000);

  it('says what would be sent, and why, before the first call', async () => {
    const { explain } = await start({
      parameters: { tenant_hint: 'extra-value' },
      clients: {
        orders: {
          baseURL: 'https://orders.example/v1',
          allowedOrigins: ['https://files.example'],
          scope: ['read', 'write'],
          resource: ['urn:orders', 'urn:files'],
          audience: 'orders',
        },
      },
    });
    expect(await explain()).toEqual({
      client: 'orders',
      reason: `The next call asks ${server.origin}/token for a token, as none is at hand.`,
      kind: 'client',
      decidedBy: [],
      request: {
        tokenEndpoint: `${server.origin}/token`,
        clientId: 'gateway',
        authentication: 'client_secret_basic',
        grantType: 'client_credentials',
        scopes: ['read', 'write'],
        resource: ['urn:orders', 'urn:files'],
        audience: 'orders',
        parameters: ['tenant_hint'],
        dpop: false,
      },
      allowedOrigins: ['https://orders.example', 'https://files.example'],
      state: 'none',
      underWay: false,
    } satisfies TokenExplanation);
  });

  it('names the issuer where there is one, the method and DPoP', async () => {
    const { explain } = await start({
      tokenEndpoint: undefined,
      issuer: 'https://id.example',
      clientAuthentication: 'client_secret_post',
      dpop: true,
    });
    const { request, reason } = await explain();
    expect(request).toMatchObject({
      issuer: 'https://id.example',
      authentication: 'client_secret_post',
      dpop: true,
    });
    expect(reason).toBe('The next call asks https://id.example for a token, as none is at hand.');
  });

  it('tells where a token is in its life', async () => {
    const begin = clock.now();
    const { tokens, explain } = await start();
    await tokens.getToken('orders');
    const fresh = await explain();
    expect(fresh).toMatchObject({
      reason: 'The next call carries the token at hand, which is fresh.',
      state: 'fresh',
      underWay: false,
      expiresAt: at(begin + 3_600_000),
      grantedScopes: ['read', 'write'],
      missingScopes: [],
    });
    const renewsFrom = Date.parse(fresh.renewsFrom ?? '') - begin;
    expect(renewsFrom).toBeGreaterThanOrEqual(3_540_000);
    expect(renewsFrom).toBeLessThanOrEqual(3_546_000);

    clock.advance({ seconds: 3550 });
    expect(await explain()).toMatchObject({
      reason: 'The next call carries the token at hand and renews it in the background.',
      state: 'renewal_due',
    });
    clock.advance({ seconds: 45 });
    expect(await explain()).toMatchObject({
      reason: 'The next call waits for a new token, as the one at hand is about to end.',
      state: 'expiring',
    });
    clock.advance({ seconds: 5 });
    const ended = await explain();
    expect(ended).toMatchObject({ state: 'none' });
    expect(ended).not.toHaveProperty('expiresAt');
  });

  it('tells of a token request under way', async () => {
    server.respond = () => undefined;
    const { tokens, explain } = await start();
    const waiting = rejection(tokens.getToken('orders'));
    await until(() => server.requests.length === 1);
    expect(await explain()).toMatchObject({
      reason: 'The next call waits for the token request under way.',
      state: 'none',
      underWay: true,
    });
    await TokenClients.stopAll();
    await waiting;
  });

  it('tells of a renewal that failed, and when it is tried again', async () => {
    const { tokens, explain } = await start();
    await tokens.getToken('orders');
    clock.advance({ seconds: 3550 });
    server.respond = () => ({ status: 503 });
    await rejection(tokens.getToken('orders', { force: true }));
    expect(await explain()).toMatchObject({
      reason: `The next call carries the token at hand, although it is due for renewal: that failed, and is not tried again before ${from(5)}.`,
      state: 'renewal_due',
      renewsFrom: from(5),
      lastError: {
        code: 'token_endpoint_unavailable',
        message: expect.stringMatching(
          /^Client 'orders' got no access token: .* answered 503/,
        ) as string,
        at: from(0),
      },
    });
    clock.advance({ seconds: 5 });
    server.respond = tokenEndpoint();
    await tokens.getToken('orders', { force: true });
    expect(await explain()).not.toHaveProperty('lastError');
  });

  it('tells of a refusal that stands', async () => {
    server.respond = () => ({
      status: 401,
      body: { error: 'invalid_client', error_description: secret },
    });
    const { tokens, explain } = await start();
    await rejection(tokens.getToken('orders'));
    expect(await explain()).toMatchObject({
      reason: `The next call fails, as the authorization server refused and is not asked again before ${from(30)}.`,
      notBefore: from(30),
      lastError: { code: 'token_request_failed' },
    });
    clock.advance({ seconds: 30 });
    const later = await explain();
    expect(later.reason).toMatch(/^The next call asks /);
    expect(later).not.toHaveProperty('notBefore');
    expect(later).toHaveProperty('lastError');
  });

  it('tells that the server asked us to wait, also when another client was told', async () => {
    server.respond = () => ({ status: 429, headers: { 'retry-after': '200' } });
    const { tokens, explain } = await start({
      clients: {
        orders: { baseURL: 'https://orders.example' },
        billing: { baseURL: 'https://billing.example', scope: 'billing' },
      },
    });
    await rejection(tokens.getToken('billing'));
    expect(await explain()).toMatchObject({
      reason: `The next call fails, as the authorization server asked us to wait (Retry-After) and is not asked again before ${from(200)}.`,
      notBefore: from(200),
    });
    expect(await rejection(tokens.getToken('orders'))).toMatchObject({
      retryAt: new Date(from(200)),
    });
    expect(server.requests).toHaveLength(1);
  });

  it('tells of scopes that are missing, and that calls fail for it', async () => {
    server.respond = tokenEndpoint({ scope: 'read' });
    const { tokens, explain } = await start({ onNarrowerScope: 'error' });
    await rejection(tokens.getToken('orders'));
    expect(await explain()).toMatchObject({
      reason:
        "The next call fails, as the token at hand lacks write and onNarrowerScope is 'error'.",
      state: 'fresh',
      grantedScopes: ['read'],
      missingScopes: ['write'],
    });
  });

  it('explains a call that wants something else', async () => {
    const { tokens, explain } = await start();
    await tokens.getToken('orders', { scope: 'admin' });
    expect(await explain()).toMatchObject({ state: 'none' });
    expect(await explain({ scope: 'admin' })).toMatchObject({
      state: 'fresh',
      request: { scopes: ['admin'] },
    });
    expect(await explain({ scope: 'bad\nscope' })).toMatchObject({
      reason: expect.stringMatching(/^The next call fails: Client 'orders' cannot ask/) as string,
    });
  });

  it('explains what customizeTokenRequest makes of a call', async () => {
    const { tokens, explain } = await start({
      customizeTokenRequest: ({ method }, request) =>
        method === 'DELETE' ? { ...request, scope: 'admin' } : request,
    });
    const call = { method: 'DELETE', url: 'https://orders.example/v1/1' };
    await tokens.getToken('orders', { call });
    expect(await explain({ call })).toMatchObject({
      decidedBy: ['customizeTokenRequest'],
      state: 'fresh',
      request: { scopes: ['admin'] },
    });
    expect(await explain()).toMatchObject({
      state: 'none',
      request: { scopes: ['read', 'write'] },
    });
  });

  it('says that customizeTokenRequest threw, and not what', async () => {
    const { explain } = await start({
      customizeTokenRequest: () => {
        throw new RangeError(secret);
      },
    });
    expect((await explain()).reason).toBe(
      'The next call fails: a function among the options threw RangeError.',
    );
  });

  it('explains tenants, and does not ask about one', async () => {
    const asked: string[] = [];
    const { tokens, explain } = await start({
      clients: {
        orders: {
          baseURL: 'https://orders.example',
          resolveClient: ({ tenant }) => {
            asked.push(tenant);
            return { clientId: `gateway-${tenant}`, clientSecret: secret };
          },
        },
      },
    });
    expect(await explain()).toMatchObject({ reason: 'The next call fails: it names no tenant.' });
    const unknown = await explain({ tenant: 'acme' });
    expect(unknown).toMatchObject({
      reason: `The next call asks resolveClient about tenant 'acme', and then the authorization server for a token.`,
      decidedBy: ['resolveClient'],
      tenant: 'acme',
      state: 'none',
    });
    expect(unknown).not.toHaveProperty('request');
    expect(asked).toEqual([]);
    await tokens.getToken('orders', { tenant: 'acme' });
    expect(await explain({ tenant: 'acme' })).toMatchObject({
      tenant: 'acme',
      state: 'fresh',
      request: { clientId: 'gateway-acme' },
    });
    expect(asked).toEqual(['acme']);
  });

  describe('with a provider', () => {
    let asked = 0;

    @Injectable()
    class Sidecar implements TokenProvider {
      getToken(): ProvidedToken {
        asked += 1;
        return { accessToken: 'secret-token', expiresInSeconds: 3600 };
      }
    }

    @Injectable()
    class KeepingSidecar extends Sidecar {
      cacheKey({ client }: TokenProviderContext): string {
        return client;
      }
    }

    async function explained(provider: typeof Sidecar) {
      asked = 0;
      @Module({ providers: [provider], exports: [provider] })
      class SidecarModule {}
      const clients = { orders: { baseURL: 'https://orders.example', provider } };
      const { tokens } = await TokenClients.start([
        { module: SidecarModule },
        TokenClientModule.forRoot({ clock, clients }),
      ]);
      return tokens;
    }

    it('that keeps nothing, says that each call asks it', async () => {
      const tokens = await explained(Sidecar);
      await tokens.getToken('orders');
      expect(await tokens.explain('orders')).toEqual({
        client: 'orders',
        reason:
          'Every call asks the provider, as it has no cacheKey for this call under which a token could be kept.',
        kind: 'client',
        decidedBy: ['provider'],
        allowedOrigins: ['https://orders.example'],
        state: 'none',
        underWay: false,
      });
      expect(asked).toBe(1);
    });

    it('that has keys, says what is kept', async () => {
      const tokens = await explained(KeepingSidecar);
      expect(await tokens.explain('orders')).toMatchObject({
        reason: 'The next call asks the provider, as no token is at hand.',
      });
      await tokens.getToken('orders');
      const explanation = await tokens.explain('orders');
      expect(explanation).toMatchObject({ state: 'fresh', expiresAt: from(3600) });
      expectNoSecret(explanation, 'secret-token');
      expect(asked).toBe(1);
    });
  });

  it.each<[string, TokenClientOptions, string, string | undefined]>([
    [
      'the user',
      { token: 'user' },
      'Each call carries the token of the user in whose name it is made, which https://id.example refreshes when that is due.',
      'refresh_token',
    ],
    [
      'an exchange',
      { token: 'exchange' },
      'Each call carries a token that https://id.example gives for the access token of the request under way.',
      'urn:ietf:params:oauth:grant-type:token-exchange',
    ],
    [
      'an exchange as Entra has it',
      { token: 'exchange', exchange: { form: 'on-behalf-of' } },
      'Each call carries a token that https://id.example gives for the access token of the request under way.',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
    ],
    [
      'whoever called',
      { token: 'forward', audience: 'orders' },
      'Each call carries the access token of the request under way, if that is meant for orders.',
      undefined,
    ],
  ])('says that calls carry a token of %s', async (_whose, kind, reason, grantType) => {
    const { explain } = await start({
      tokenEndpoint: undefined,
      issuer: 'https://id.example',
      clients: { orders: { baseURL: 'https://orders.example', ...kind } },
    });
    const explanation = await explain();
    expect(explanation).toMatchObject({ kind: kind.token, reason, state: 'per_user' });
    expect(explanation.request?.grantType).toBe(grantType);
  });

  it('speaks of each client by its own name where two share a token', async () => {
    server.respond = () => ({ status: 503 });
    const { tokens } = await start({
      clients: {
        orders: { baseURL: 'https://orders.example' },
        billing: { baseURL: 'https://billing.example' },
      },
    });
    await rejection(tokens.getToken('orders'));
    expect((await tokens.explain('billing')).lastError?.message).toMatch(/^Client 'billing' /);
  });

  it('has nothing to say about a client that is none', async () => {
    const { tokens } = await start();
    expect(await rejection(tokens.explain('stock'))).toMatchObject({
      code: 'unknown_token_client',
    });
  });
});
