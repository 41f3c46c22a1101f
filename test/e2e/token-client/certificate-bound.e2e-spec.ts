import { Agent, globalAgent } from 'node:https';
import { runAs, UserTokenService, type TokenClientOptions } from 'nestjs-access-tokens';
import { CertificateAuthority, type PemPair } from '../../support/certificates.js';
import { tokenEndpoint } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { SecureServer } from '../../support/secure-server.js';
import { TokenClients } from '../../support/token-clients.js';

describe('tokens bound to a certificate (RFC 8705)', () => {
  let authority: CertificateAuthority;
  let authorization: SecureServer;
  let api: SecureServer;
  let gateway: PemPair;
  const trusted = globalAgent.options.ca;

  beforeAll(async () => {
    authority = await CertificateAuthority.create();
    // As an application makes plain Axios trust an authority of its own.
    globalAgent.options.ca = authority.certificate;
    authorization = await SecureServer.start(authority);
    api = await SecureServer.start(authority, undefined, { demand: true });
  });

  beforeEach(async () => {
    gateway = await authority.client('gateway');
    authorization.respond = tokenEndpoint();
    for (const server of [authorization, api]) server.requests.length = 0;
    api.connections = 0;
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(async () => {
    globalAgent.options.ca = trusted;
    await Promise.all([authorization, api].map((server) => server.stop()));
  });

  const start = (options: TokenClientOptions = {}) =>
    TokenClients.start({
      tokenEndpoint: `${authorization.origin}/token`,
      clientId: 'gateway',
      clientAuthentication: {
        method: 'tls_client_auth',
        certificate: () => gateway.certificate,
        key: () => gateway.key,
      },
      backchannel: { ca: authority.certificate, retries: 0 },
      clients: { orders: { baseURL: api.origin, ...options } },
    });

  it('are sent to the API with that certificate, over connections that are kept', async () => {
    const orders = (await start()).axios('orders');
    await orders.get('/first');
    const response = await orders.get('/second');
    expect(authorization.requests).toMatchObject([{ presented: 'gateway' }]);
    expect(api.requests).toMatchObject([
      { path: '/first', presented: 'gateway', headers: { authorization: 'Bearer token-1' } },
      { path: '/second', presented: 'gateway' },
    ]);
    expect(api.connections).toBe(1);
    expect(response.config.httpsAgent).toBeUndefined();
    expectNoSecret(response, gateway.key, 'token-1');
  });

  it('go with the certificate that they were got with, not with one that came later', async () => {
    const clients = await start();
    const orders = clients.axios('orders');
    await orders.get('/first');
    gateway = await authority.client('gateway-next');
    await orders.get('/second');
    await orders.get('/third', { token: { force: true } });
    expect(api.requests.map(({ presented }) => presented)).toEqual([
      'gateway',
      'gateway',
      'gateway-next',
    ]);
  });

  it('of users go with it as well, the stored ones and those of a refresh', async () => {
    const clients = await start({ token: 'user' });
    const users = clients.app.get(UserTokenService);
    await users.store(
      { accessToken: 'at-0', refreshToken: 'rt-0', expiresInSeconds: 300 },
      'alice',
    );
    const orders = clients.axios('orders');
    await runAs('alice', () => orders.get('/stored'));
    await runAs('alice', () => orders.get('/refreshed', { token: { force: true } }));
    await runAs('alice', () => orders.get('/stored-again'));
    expect(
      api.requests.map(({ presented, headers }) => [presented, headers.authorization]),
    ).toEqual([
      ['gateway', 'Bearer at-0'],
      ['gateway', 'Bearer token-1'],
      ['gateway', 'Bearer token-1'],
    ]);
  });

  it('go with the agent of the client where it has one', async () => {
    const own = await authority.client('own');
    const httpsAgent = new Agent({
      cert: own.certificate,
      key: own.key,
      ca: authority.certificate,
    });
    await (await start({ httpsAgent })).axios('orders').get('/orders');
    await (await start()).axios('orders').get('/orders', { httpsAgent });
    expect(api.requests.map(({ presented }) => presented)).toEqual(['own', 'own']);
    httpsAgent.destroy();
  });

  it('are not shown by the error of a call that failed', async () => {
    const orders = (await start({ baseURL: 'https://127.0.0.1:1' })).axios('orders');
    const error = await rejection(orders.get('/orders'));
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    expectNoSecret(error, gateway.key, 'token-1');
  });
});
