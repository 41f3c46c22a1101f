import type {
  CallTokenOptions,
  TokenClientModuleOptions,
  TokenClientOptions,
  TokenRequestContext,
} from 'nestjs-access-tokens';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

describe('a call with wishes of its own', () => {
  let server: RecordingServer;
  let api: RecordingServer;

  beforeAll(async () => {
    server = await RecordingServer.start();
    api = await RecordingServer.start();
  });

  beforeEach(() => {
    server.requests.length = 0;
    server.respond = tokenEndpoint();
    api.requests.length = 0;
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => Promise.all([server.stop(), api.stop()]));

  const start = (
    client: Partial<TokenClientOptions> = {},
    more: Partial<TokenClientModuleOptions> = {},
  ) =>
    TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      ...more,
      clients: {
        orders: {
          baseURL: `${api.origin}/v1`,
          scope: 'read',
          resource: 'urn:orders',
          parameters: { region: 'north' },
          ...client,
        },
        billing: { baseURL: api.origin },
      },
    });

  /** What the token endpoint was asked for, each time. */
  const wishes = () =>
    server.requests.map(({ body }) => {
      const form = new URLSearchParams(body);
      form.delete('grant_type');
      return form.toString();
    });

  const standard = 'resource=urn%3Aorders&region=north&scope=read';

  it.each<[string, CallTokenOptions, string]>([
    ['scope', { scope: 'write' }, 'resource=urn%3Aorders&region=north&scope=write'],
    ['scopes', { scope: ['a', 'b'] }, 'resource=urn%3Aorders&region=north&scope=a+b'],
    ['no scope', { scope: [] }, 'resource=urn%3Aorders&region=north'],
    ['resource', { resource: 'urn:x' }, 'resource=urn%3Ax&region=north&scope=read'],
    [
      'resources',
      { resource: ['urn:x', 'urn:y'] },
      'resource=urn%3Ax&resource=urn%3Ay&region=north&scope=read',
    ],
    ['audience', { audience: 'x' }, 'resource=urn%3Aorders&audience=x&region=north&scope=read'],
    [
      'parameters, beside those of the client',
      { parameters: { tier: 'gold' } },
      'resource=urn%3Aorders&region=north&tier=gold&scope=read',
    ],
    [
      'parameters, in place of those of the client',
      { parameters: { region: 'south' } },
      'resource=urn%3Aorders&region=south&scope=read',
    ],
  ])('gets a token of its own, kept apart: %s', async (_case, token, asked) => {
    const orders = (await start()).axios('orders');
    await orders.get('/a');
    await orders.get('/b', { token });
    await orders.get('/c', { token });
    await orders.get('/d');
    expect(wishes()).toEqual([standard, asked]);
    expect(api.authorizations).toEqual([
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-2',
      'Bearer token-1',
    ]);
  });

  it('that asks for what the client has anyway shares its token', async () => {
    const orders = (await start()).axios('orders');
    await orders.get('/a');
    await orders.get('/b', { token: { scope: ['read'], parameters: { region: 'north' } } });
    expect(server.requests).toHaveLength(1);
  });

  it('made at the same time as others makes one request for each different token, never mixed', async () => {
    server.respond = ({ body }) => ({
      body: {
        access_token: `for-${new URLSearchParams(body).get('tenant')}`,
        token_type: 'Bearer',
        expires_in: 60,
      },
    });
    const orders = (await start()).axios('orders');
    const tenants = Array.from({ length: 100 }, (_, index) => String(index % 2));
    await Promise.all(
      tenants.map((tenant) =>
        orders.get(`/${tenant}`, { token: { parameters: { tenant } }, params: { tenant } }),
      ),
    );
    expect(server.requests).toHaveLength(2);
    expect(api.requests).toHaveLength(100);
    for (const { path, headers } of api.requests) {
      expect(headers.authorization).toBe(`Bearer for-${path.at(-1)}`);
    }
  });

  it('may force a new token, which the others then have too', async () => {
    const orders = (await start()).axios('orders');
    await orders.get('/a');
    await orders.get('/b', { token: { force: true } });
    await orders.get('/c');
    expect(api.authorizations).toEqual(['Bearer token-1', 'Bearer token-2', 'Bearer token-2']);
  });

  it('means the same to getToken', async () => {
    const { tokens } = await start();
    const token = await tokens.getToken('orders', { scope: 'write', audience: 'x' });
    expect(token.accessToken).toBe('token-1');
    expect(wishes()).toEqual(['resource=urn%3Aorders&audience=x&region=north&scope=write']);
  });

  it('is forgotten with its client', async () => {
    const { tokens } = await start();
    await tokens.getToken('orders', { scope: 'write' });
    await tokens.invalidate('orders');
    await tokens.getToken('orders', { scope: 'write' });
    expect(server.requests).toHaveLength(2);
  });

  it.each<[string, object, string]>([
    ['a scope', { scope: 'a"b' }, 'scope: '],
    ['a scope of another type', { scope: 7 }, 'scope: not a string.'],
    ['a resource', { resource: 'urn:x#y' }, "resource: 'urn:x#y' has a fragment"],
    ['an audience', { audience: '' }, 'audience: empty.'],
    ['a parameter', { parameters: { grant_type: 'password' } }, 'parameters.grant_type: '],
    ['a secret', { parameters: { client_secret: 'x' } }, 'parameters.client_secret: '],
  ])('is refused where it cannot be asked for: %s', async (_case, token, fault) => {
    const orders = (await start()).axios('orders');
    expect(await rejection(orders.get('/a', { token }))).toMatchObject({
      name: 'InvalidTokenOptionsError',
      code: 'invalid_token_options',
      client: 'orders',
      problems: [expect.stringContaining(fault) as string],
    });
    expect(server.requests).toHaveLength(0);
    expect(api.requests).toHaveLength(0);
  });

  it('reaches a real authorization server', async () => {
    const real = await AuthorizationServer.start();
    const { tokens } = await TokenClients.start({
      issuer: real.issuer,
      clientId: 'client',
      clientSecret: 'secret',
      clients: { api: { baseURL: api.origin } },
    });
    const one = await tokens.getToken('api', {
      scope: 'api1',
      resource: 'https://api.example.com',
    });
    expect([...one.scopes]).toEqual(['api1']);
    await real.stop();
  });

  describe('customizeTokenRequest', () => {
    it('sees the call and changes what is asked for, as part of the key', async () => {
      const seen: TokenRequestContext[] = [];
      const clients = await start({
        customizeTokenRequest: (context, request) => {
          seen.push(context);
          return { ...request, parameters: { region: context.headers['x-region'] ?? 'none' } };
        },
      });
      const put = (region: string) =>
        clients.axios('orders').put('/a?b=1', {}, { headers: { 'X-Region': region } });
      await put('east');
      await put('west');
      await put('east');
      expect(wishes()).toEqual([
        'resource=urn%3Aorders&region=east&scope=read',
        'resource=urn%3Aorders&region=west&scope=read',
      ]);
      expect(api.authorizations).toEqual(['Bearer token-1', 'Bearer token-2', 'Bearer token-1']);
      expect(seen[0]).toMatchObject({
        client: 'orders',
        method: 'PUT',
        url: `${api.origin}/v1/a?b=1`,
        headers: { 'x-region': 'east' },
      });
    });

    it('gets what the client and the call ask for together', async () => {
      const requests: unknown[] = [];
      const clients = await start({
        customizeTokenRequest: async (_context, request) => {
          requests.push(request);
          return request;
        },
      });
      await clients.axios('orders').get('/a', { token: { scope: 'write' } });
      expect(requests).toEqual([
        {
          scope: 'write',
          resource: 'urn:orders',
          audience: undefined,
          parameters: { region: 'north' },
        },
      ]);
    });

    it('can be given for all clients, and is asked by getToken as well', async () => {
      const { tokens } = await start(
        {},
        {
          customizeTokenRequest: ({ client, method, headers }, request) => ({
            ...request,
            audience: `${client} ${method ?? 'without call'} ${headers['x-a'] ?? ''}`,
          }),
        },
      );
      await tokens.getToken('billing');
      await tokens.getToken('billing', { call: { method: 'GET', headers: { 'x-a': 'b' } } });
      expect(wishes()).toEqual(['audience=billing+without+call+', 'audience=billing+GET+b']);
    });

    it('two tenants at the same time are two requests', async () => {
      const clients = await start({
        customizeTokenRequest: ({ headers }, request) => ({
          ...request,
          parameters: { tenant: headers['x-tenant'] ?? '' },
        }),
      });
      await Promise.all(
        ['1', '2', '1', '2'].map((tenant) =>
          clients.axios('orders').get('/', { headers: { 'x-tenant': tenant } }),
        ),
      );
      expect(server.requests).toHaveLength(2);
    });

    it.each<[string, () => never]>([
      ['what cannot be sent', () => ({ scope: 'a"b' }) as never],
      ['nothing', () => undefined as never],
    ])('is refused where it gives %s', async (_case, customizeTokenRequest) => {
      const clients = await start({ customizeTokenRequest });
      expect(await rejection(clients.axios('orders').get('/'))).toMatchObject({
        code: 'invalid_token_options',
      });
      expect(server.requests).toHaveLength(0);
    });

    it('does not keep a call waiting for ever', async () => {
      const clients = await start(
        { customizeTokenRequest: () => new Promise(() => {}) },
        { backchannel: { timeoutMs: 50 } },
      );
      expect(await rejection(clients.axios('orders').get('/'))).toMatchObject({
        code: 'invalid_token_options',
        problems: ['customizeTokenRequest: gave no answer within 50 ms.'],
      });
    });

    it('fails the call with what it throws, and asks for nothing', async () => {
      const clients = await start({
        customizeTokenRequest: () => {
          throw new Error('no tenant');
        },
      });
      expect(await rejection(clients.axios('orders').get('/'))).toMatchObject({
        message: 'no tenant',
      });
      expect(server.requests).toHaveLength(0);
      expect(api.requests).toHaveLength(0);
    });
  });
});
