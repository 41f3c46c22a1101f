import type { HttpServer, INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { JwtAuthGuard, JwtAuthModule, TokenClientModule } from 'nestjs-access-tokens';
import { AppModule, auth, clients } from '../src/app.module.js';
import { startServers } from './support/local-servers.js';
import { audience, pem, tokenWith } from './support/test-tokens.js';

const iss = 'https://id.example.com';
const realm = `Bearer realm="${audience}"`;
const testAuth = JwtAuthModule.forRoot({ issuer: iss, audience, publicKey: pem });
const adapters: [string, () => HttpServer][] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
];

describe.each(adapters)('The whole application on %s', (_name, adapter) => {
  let servers: Awaited<ReturnType<typeof startServers>>;
  let app: INestApplication;

  beforeAll(async () => {
    servers = await startServers();
    const testClients = TokenClientModule.forRoot({
      tokenEndpoint: `${servers.url}/token`,
      clientId: 'orders',
      clientSecret: 'secret of a test',
      clients: { billing: { baseURL: servers.url } },
    });
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideModule(auth)
      .useModule(testAuth)
      .overrideModule(clients)
      .useModule(testClients)
      .compile();
    app = module.createNestApplication(adapter());
    await app.listen(0, '127.0.0.1');
  });

  afterAll(async () => {
    await app.close();
    await servers.close();
  });

  async function ask(method: string, path: string, claims?: object) {
    const headers = new Headers();
    if (claims) headers.set('authorization', `Bearer ${tokenWith({ iss, ...claims })}`);
    const response = await fetch(`${await app.getUrl()}${path}`, { method, headers });
    const challenge = response.headers.get('www-authenticate');
    return { status: response.status, challenge, body: (await response.json()) as unknown };
  }

  it('answers whoever has the scope', async () => {
    expect(await ask('GET', '/orders', { scope: 'orders.read' })).toEqual({
      status: 200,
      challenge: null,
      body: { caller: 'tests', user: 'alice', mayWrite: false },
    });
  });

  it('is open to everybody where it says so', async () => {
    expect((await ask('GET', '/orders/health')).body).toEqual({ ok: true });
  });

  it('refuses who brings no token, or another', async () => {
    expect(await ask('GET', '/orders')).toMatchObject({
      status: 401,
      challenge: `${realm}, scope="orders.read"`,
    });
    expect(await ask('GET', '/orders', { aud: 'https://other.example.com' })).toMatchObject({
      status: 401,
      challenge: `${realm}, error="invalid_token", error_description="The access token is meant for another audience"`,
    });
  });

  it('refuses who has not the scope', async () => {
    expect(await ask('POST', '/orders', { scope: 'orders.read' })).toMatchObject({
      status: 403,
      challenge: `${realm}, error="insufficient_scope", error_description="The access token lacks a scope that this operation needs", scope="orders.read orders.write"`,
    });
  });

  it('calls with a token of its own', async () => {
    expect(await ask('GET', '/invoices/7', { scope: 'orders.read' })).toMatchObject({
      status: 200,
      body: { id: '7', authorization: 'Bearer of-orders' },
    });
  });

  it.each([
    ['GET', '/invoices/500', { name: 'AxiosError', status: 500, isCancel: false }],
    ['GET', '/invoices/403', { name: 'MissingScopeError', status: 403, isCancel: false }],
    ['POST', '/invoices/given-up', { name: 'CanceledError', isCancel: true }],
    ['POST', '/invoices/broken', { name: 'Error', isCancel: false }],
  ])('finds instances of its own AxiosError in what fails: %s %s', async (method, path, error) => {
    expect(await ask(method, path, { scope: 'orders.read' })).toMatchObject({
      status: 502,
      body: { ...error, isAxiosError: true },
    });
  });
});

describe.each(['overrideProvider', 'overrideGuard'] as const)('With %s', (override) => {
  it('lets in everybody, everywhere', async () => {
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const canActivate = () => true;
    const module = await builder[override](JwtAuthGuard).useValue({ canActivate }).compile();
    const app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');
    const response = await fetch(`${await app.getUrl()}/orders`, { method: 'POST' });
    expect(response.status).toBe(201);
    await app.close();
  });
});
