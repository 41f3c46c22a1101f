import { createServer, type RequestListener } from 'node:http';
import { Logger, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { gatewayConfig } from '../../sample/src/gateway/gateway.config.js';
import { GatewayModule } from '../../sample/src/gateway/gateway.module.js';
import { close, listen } from '../../sample/src/identity-server/identity-server.js';
import { AuthorizationServer } from '../support/authorization-server.js';

describe('the gateway of the sample', () => {
  const log = jest.spyOn(Logger.prototype, 'error').mockImplementation();
  let authorizationServer: AuthorizationServer;
  let answer: RequestListener;
  let gateway: INestApplication;
  const orders = createServer((incoming, response) => answer(incoming, response));
  let ordersUrl: string;

  beforeAll(async () => {
    authorizationServer = await AuthorizationServer.start();
    ordersUrl = `http://127.0.0.1:${await listen(orders, 0, '127.0.0.1')}`;
  });
  beforeEach(() => {
    log.mockClear();
    authorizationServer.clear();
  });
  afterEach(() => gateway.close());
  afterAll(async () => {
    await authorizationServer.stop();
    await close(orders);
  });

  async function startGateway(
    changes: Partial<ReturnType<typeof gatewayConfig>> = {},
  ): Promise<void> {
    const config = {
      issuer: authorizationServer.issuer,
      ordersUrl,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      ...changes,
    };
    const module = await Test.createTestingModule({ imports: [GatewayModule] })
      .overrideProvider(gatewayConfig.KEY)
      .useValue(config)
      .compile();
    gateway = await module.createNestApplication().init();
  }

  function ordersAnswer(status: number, body: object, headers = {}): void {
    answer = (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify(body));
    };
  }

  const getOrders = () => request(gateway.getHttpServer()).get('/orders');

  it('sends its own token, and one token for all calls', async () => {
    const seen: (string | undefined)[] = [];
    answer = (incoming, response) => {
      seen.push(incoming.headers.authorization);
      response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
    };
    await startGateway();
    await getOrders().expect(200, []);
    await getOrders().expect(200, []);
    expect(seen).toEqual([expect.stringMatching(/^Bearer ey/), seen[0]]);
    expect(authorizationServer.requests.token).toBe(1);
  });

  it('passes on what is the fault of the caller', async () => {
    ordersAnswer(400, { message: 'quantity must be a whole number' });
    await startGateway();
    await getOrders().expect(400, { message: 'quantity must be a whole number' });
    expect(log).not.toHaveBeenCalled();
  });

  it.each([401, 403, 500])('keeps to itself that orders answered %i', async (status) => {
    ordersAnswer(status, { secret: 'of orders' }, { 'www-authenticate': 'Bearer realm="orders"' });
    await startGateway();
    const { headers, body } = await getOrders().expect(502);
    expect(headers).not.toHaveProperty('www-authenticate');
    expect(body).toMatchObject({ message: 'Orders cannot be used' });
    expect(log).toHaveBeenCalledWith(expect.stringContaining(`status code ${status}`));
  });

  it('passes on when to come back', async () => {
    ordersAnswer(503, {}, { 'retry-after': '17' });
    await startGateway();
    await getOrders().expect(503).expect('Retry-After', '17');
  });

  it('answers 502 when orders is not running', async () => {
    await startGateway({ ordersUrl: 'http://127.0.0.1:1' });
    await getOrders().expect(502);
  });

  it('answers 502 when the authorization server refuses it, and says why in the log only', async () => {
    await startGateway({ clientSecret: 'wrong' });
    const { text } = await getOrders().expect(502);
    expect(text).not.toContain('invalid_client');
    expect(log).toHaveBeenCalledWith(expect.stringContaining('invalid_client'));
  });

  it('answers 503 when the authorization server cannot be reached', async () => {
    await startGateway({ issuer: 'http://127.0.0.1:1' });
    const { text } = await getOrders().expect(503).expect('Retry-After', '5');
    expect(text).not.toContain('127.0.0.1');
    expect(log).toHaveBeenCalledWith(expect.stringContaining('TokenEndpointUnavailableError'));
  });
});
