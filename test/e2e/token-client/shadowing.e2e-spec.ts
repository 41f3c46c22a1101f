import {
  MemoryUserTokenStore,
  runAs,
  UserTokenService,
  type TokenClientModuleOptions,
  type TokenRequestParameters,
} from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

/** What is handed out, and what is handed in, changes nothing but the one request that it is about. */
describe('a token request', () => {
  let server: RecordingServer;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    server.requests.length = 0;
    server.respond = tokenEndpoint();
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  async function started(more: Partial<TokenClientModuleOptions> = {}) {
    const baseURL = 'https://api.example.com';
    const { app, tokens } = await TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'web',
      clientSecret: 'web-secret',
      clock: new TestClock(),
      userTokenStore: new MemoryUserTokenStore(),
      clients: {
        own: { baseURL, scope: ['read'], resource: ['urn:a'], parameters: { vendor: 'x' } },
        mail: { baseURL, token: 'user' },
      },
      ...more,
    });
    const users = app.get(UserTokenService);
    await users.store({ accessToken: 'at', refreshToken: 'REAL', expiresInSeconds: 3600 }, 'alice');
    return { tokens, users };
  }

  const forms = () => server.requests.map(({ body }) => [...new URLSearchParams(body)]);

  it.each([
    ['refresh_token', 'VICTIM'],
    ['Refresh_Token', 'VICTIM'],
    ['refresh_token[]', 'VICTIM'],
    ['subject_token', 'VICTIM'],
    ['client_id', 'another'],
    ['code', 'x'],
  ])('is not made with %s from a call, a function or a tenant', async (name, value) => {
    const parameters = { [name]: value };
    const resolveClient = () => ({ parameters });
    const { tokens, users } = await started({
      clients: {
        own: { baseURL: 'https://a.example.com' },
        mail: { baseURL: 'https://a.example.com', token: 'user' },
        custom: {
          baseURL: 'https://a.example.com',
          customizeTokenRequest: () => ({ parameters }),
        },
        tenants: { baseURL: 'https://a.example.com', resolveClient },
      },
    });
    const invalid = {
      code: 'invalid_token_options',
      problems: [expect.stringContaining(`parameters.${name}: is decided by the grant`) as string],
    };
    for (const made of [
      tokens.getToken('own', { parameters }),
      tokens.getToken('custom'),
      tokens.getToken('tenants', { tenant: 'acme' }),
      runAs('alice', () => users.getToken('mail', { parameters })),
      runAs('alice', () => users.getToken({ parameters, force: true })),
    ]) {
      expect(await rejection(made)).toMatchObject(invalid);
    }
    expect(server.requests).toHaveLength(0);
  });

  it.each([
    ['a URLSearchParams', () => new URLSearchParams({ refresh_token: 'VICTIM' })],
    ['a list as a value', () => ({ vendor: ['x', 'y'] })],
    ['a prototype', () => Object.create({ refresh_token: 'VICTIM' }) as object],
  ])('is not made with %s', async (_case, parameters) => {
    const { tokens } = await started();
    const options = { parameters: parameters() as Record<string, string> };
    expect(await rejection(tokens.getToken('own', options))).toMatchObject({
      code: 'invalid_token_options',
    });
    expect(server.requests).toHaveLength(0);
  });

  it('is made with what was checked, whatever is read the second time', async () => {
    let reads = 0;
    const changing = {
      get parameters(): Record<string, string> {
        return reads++ === 0 ? { vendor: 'x' } : { refresh_token: 'VICTIM' };
      },
    };
    const { tokens } = await started({
      clients: {
        own: { baseURL: 'https://a.example.com', customizeTokenRequest: () => changing },
      },
    });
    await tokens.getToken('own');
    expect(forms()).toEqual([
      [
        ['vendor', 'x'],
        ['grant_type', 'client_credentials'],
      ],
    ]);
  });

  it('holds what the grant decides once', async () => {
    const { users } = await started();
    await runAs('alice', () =>
      users.getToken('mail', { force: true, parameters: { vendor: 'x' } }),
    );
    expect(forms()).toEqual([
      [
        ['vendor', 'x'],
        ['refresh_token', 'REAL'],
        ['grant_type', 'refresh_token'],
      ],
    ]);
  });

  it('is not changed by what customizeTokenRequest did in place for another call', async () => {
    const { tokens } = await started({
      customizeTokenRequest: ({ method, headers }, request) => {
        if (method !== 'DELETE') return request;
        const { scope, resource, parameters } = request as {
          scope: string[];
          resource: string[];
          parameters: Record<string, string>;
        } & TokenRequestParameters;
        scope.push('admin');
        resource.push('urn:b');
        parameters['vendor'] = 'y';
        (headers as Record<string, string>)['x'] = 'y';
        return request;
      },
    });
    const headers = {};
    const ask = (method: string) =>
      tokens.getToken('own', { call: { method, headers }, force: true });
    for (const method of ['GET', 'DELETE', 'GET']) await ask(method);
    const [first, second, third] = forms();
    expect(first).toEqual([
      ['resource', 'urn:a'],
      ['vendor', 'x'],
      ['scope', 'read'],
      ['grant_type', 'client_credentials'],
    ]);
    expect(second).toEqual([
      ['resource', 'urn:a'],
      ['resource', 'urn:b'],
      ['vendor', 'y'],
      ['scope', 'read admin'],
      ['grant_type', 'client_credentials'],
    ]);
    expect(third).toEqual(first);
    expect(headers).toEqual({});
  });

  it('is not changed by what becomes of options, or of what resolveClient gave', async () => {
    const scope = ['read'];
    const tenant = { scope: ['read'], parameters: { vendor: 'x' } as Record<string, string> };
    const { tokens } = await started({
      clients: {
        own: { baseURL: 'https://a.example.com', scope },
        tenants: { baseURL: 'https://a.example.com', resolveClient: () => tenant },
      },
    });
    await tokens.getToken('tenants', { tenant: 'acme' });
    scope.push('admin');
    tenant.scope.push('admin');
    tenant.parameters['grant_type'] = 'password';
    await tokens.getToken('own', { audience: 'another' });
    await tokens.getToken('tenants', { tenant: 'acme', audience: 'another' });
    expect(forms().map((form) => new Map(form).get('scope'))).toEqual(['read', 'read', 'read']);
    expect(forms()[2]).not.toContainEqual(['grant_type', 'password']);
  });

  it('gives a token that whoever has it cannot change for the others', async () => {
    server.respond = tokenEndpoint({ scope: 'other' });
    const { tokens } = await started({ onNarrowerScope: 'ignore' });
    const token = await tokens.getToken('own');
    for (const change of [
      () => (token.missingScopes as string[]).push('x'),
      () => (token.scopes as Set<string>).add('x'),
      () => Object.defineProperty(token, 'accessToken', { value: 'EVIL' }),
    ]) {
      expect(change).toThrow(TypeError);
    }
    token.expiresAt.setTime(0);
    const again = await tokens.getToken('own');
    expect(again.accessToken).toBe('token-1');
    expect(again.missingScopes).toEqual(['read']);
    const { grantedScopes, allowedOrigins } = await tokens.explain('own');
    (grantedScopes as string[]).push('x');
    (allowedOrigins as string[]).push('https://evil.example');
    const explained = await tokens.explain('own');
    expect(explained.grantedScopes).toEqual(['other']);
    expect(explained.allowedOrigins).toEqual(['https://api.example.com']);
  });
});
