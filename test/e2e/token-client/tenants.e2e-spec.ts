import { AsyncLocalStorage } from 'node:async_hooks';
import type { TenantOptions, TokenClientOptions } from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { RecordingServer } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

describe('a client with tenants', () => {
  let server: RecordingServer;
  let api: RecordingServer;
  let asked: string[];

  beforeAll(async () => {
    server = await RecordingServer.start();
    api = await RecordingServer.start();
  });

  beforeEach(() => {
    asked = [];
    let count = 0;
    server.requests.length = api.requests.length = 0;
    server.respond = ({ path, headers }) => {
      const [id] = atob(headers.authorization?.split(' ')[1] ?? '').split(':');
      const access_token = `${id}-at-${path.slice(1)}-${++count}`;
      return { body: { access_token, token_type: 'Bearer', expires_in: 3600 } };
    };
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => Promise.all([server.stop(), api.stop()]));

  const optionsOf = (tenant: string): TenantOptions => ({
    tokenEndpoint: `${server.origin}/${tenant}`,
    clientId: `client${tenant}`,
    clientSecret: `secret-of-${tenant}`,
  });

  const start = (client: Partial<TokenClientOptions> = {}, timeoutMs = 10_000) =>
    TokenClients.start({
      clock: new TestClock(),
      backchannel: { timeoutMs },
      clients: {
        crm: {
          baseURL: api.origin,
          resolveClient: async ({ tenant }) => {
            asked.push(tenant);
            return optionsOf(tenant);
          },
          ...client,
        },
      },
    });

  it('asks for each tenant once, and with the credentials of that tenant', async () => {
    const crm = (await start()).axios('crm');
    const call = (tenant: string) => crm.get(`/${tenant}`, { token: { tenant } });
    await Promise.all(['acme', 'beta', 'acme', 'beta', 'acme'].map(call));
    await call('beta');
    expect(asked.toSorted()).toEqual(['acme', 'beta']);
    expect(server.requests).toHaveLength(2);
    for (const { path, headers } of api.requests) {
      const tenant = path.slice(1);
      expect(headers.authorization).toMatch(`Bearer client${tenant}-at-${tenant}-`);
    }
  });

  it('keeps tenants apart even where all they ask for is the same', async () => {
    const { tokens } = await start({ resolveClient: () => optionsOf('shared') });
    const one = await tokens.getToken('crm', { tenant: 'acme' });
    const two = await tokens.getToken('crm', { tenant: 'beta' });
    expect(two.accessToken).not.toBe(one.accessToken);
    expect(server.requests).toHaveLength(2);
  });

  it('may learn the tenant from the call, or from its own context', async () => {
    const storage = new AsyncLocalStorage<string>();
    const crm = (
      await start({ tenant: ({ headers }) => headers['x-tenant'] ?? storage.getStore() })
    ).axios('crm');
    await crm.get('/a', { headers: { 'x-tenant': 'acme' } });
    await storage.run('beta', () => crm.get('/b'));
    await crm.get('/c', { headers: { 'x-tenant': 'acme' }, token: { tenant: 'gamma' } });
    expect(api.authorizations).toEqual([
      'Bearer clientacme-at-acme-1',
      'Bearer clientbeta-at-beta-2',
      'Bearer clientgamma-at-gamma-3',
    ]);
  });

  it('takes from its own and the shared options what the tenant does not say', async () => {
    const { tokens } = await TokenClients.start({
      tokenEndpoint: `${server.origin}/shared`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      clients: {
        crm: {
          baseURL: api.origin,
          scope: 'read',
          resolveClient: ({ tenant }) => ({ parameters: { tenant } }),
        },
      },
    });
    expect((await tokens.getToken('crm', { tenant: 'acme' })).accessToken).toBe(
      'gateway-at-shared-1',
    );
    expect(server.requests[0]?.body).toBe('tenant=acme&scope=read&grant_type=client_credentials');
  });

  it('sends nothing without a tenant', async () => {
    const crm = (await start()).axios('crm');
    expect(await rejection(crm.get('/'))).toMatchObject({
      name: 'TenantUnresolvedError',
      code: 'tenant_unresolved',
      client: 'crm',
      tenant: undefined,
      message:
        "Client 'crm' does not know how to get a token: the call names no tenant. Give token: { tenant } with the call, or the option tenant to clients.crm.",
    });
    expect([asked, server.requests, api.requests]).toEqual([[], [], []]);
  });

  it.each<[string, () => never, string]>([
    [
      'throws',
      () => {
        throw new TypeError('password=hunter2');
      },
      "resolveClient threw TypeError for tenant 'acme'",
    ],
    [
      'takes too long',
      () => new Promise(() => {}) as never,
      "resolveClient gave no answer within 2000 ms for tenant 'acme'",
    ],
  ])('fails where resolveClient %s, and tries again', async (_case, fail, reason) => {
    let failing = true;
    const resolveClient = () => (failing ? fail() : optionsOf('acme'));
    const { tokens } = await start({ resolveClient }, 2_000);
    const error = await rejection(tokens.getToken('crm', { tenant: 'acme' }));
    expect(error).toMatchObject({ code: 'tenant_unresolved', tenant: 'acme', reason });
    expectNoSecret(error, 'hunter2');
    failing = false;
    await tokens.getToken('crm', { tenant: 'acme' });
  });

  it.each<[string, object, string[]]>([
    ['nothing', undefined as never, ["resolveClient('acme').: not an object. Return options."]],
    [
      'half of the credentials',
      { clientId: 'x', tokenEndpoint: 'https://id.example.com/token' },
      [expect.stringMatching(/^resolveClient\('acme'\)\.clientSecret: missing/) as string],
    ],
    [
      'plain http and a wrong scope',
      { clientId: 'x', clientSecret: 's3cr3t', issuer: 'http://id.example.com', scope: '"' },
      [
        expect.stringMatching(/^resolveClient\('acme'\)\.issuer: .* is not https/) as string,
        expect.stringMatching(/^resolveClient\('acme'\)\.scope: /) as string,
      ],
    ],
  ])('refuses options that cannot work: %s', async (_case, given, faults) => {
    const { tokens } = await start({ resolveClient: () => given });
    const error = await rejection(tokens.getToken('crm', { tenant: 'acme' }));
    expect(error).toMatchObject({ code: 'invalid_token_options', client: 'crm', problems: faults });
    expectNoSecret(error, 's3cr3t');
  });

  it('forgets a tenant and its tokens with evictTenant, and no other', async () => {
    const { tokens } = await start();
    const get = async (tenant: string) => (await tokens.getToken('crm', { tenant })).accessToken;
    await get('acme');
    const beta = await get('beta');
    await tokens.evictTenant('crm', 'acme');
    expect(await get('acme')).toBe('clientacme-at-acme-3');
    expect(await get('beta')).toBe(beta);
    expect(asked).toEqual(['acme', 'beta', 'acme']);
  });

  it('believes nothing that was on its way when the tenant was evicted', async () => {
    const answers: ((options: TenantOptions) => void)[] = [];
    const { tokens } = await start({
      resolveClient: () => new Promise((resolve) => answers.push(resolve)),
    });
    const first = tokens.getToken('crm', { tenant: 'acme' });
    await tokens.evictTenant('crm', 'acme');
    const second = tokens.getToken('crm', { tenant: 'acme' });
    answers[1]?.(optionsOf('new'));
    expect((await second).accessToken).toMatch('at-new');
    answers[0]?.(optionsOf('old'));
    expect((await first).accessToken).toMatch('at-old');
    expect((await tokens.getToken('crm', { tenant: 'acme' })).accessToken).toMatch('at-new');
  });

  it('keeps no more than a thousand tenants', async () => {
    const { tokens } = await start();
    for (let index = 0; index <= 1_000; index++) {
      await tokens.getToken('crm', { tenant: String(index) });
    }
    await tokens.getToken('crm', { tenant: '1000' });
    expect(asked).toHaveLength(1_001);
    await tokens.getToken('crm', { tenant: '0' });
    expect(asked).toHaveLength(1_002);
  });
});
