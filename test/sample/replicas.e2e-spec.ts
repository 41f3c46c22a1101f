import { createServer } from 'node:http';
import type { INestApplication, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { freePort } from '../../sample/src/common/free-port.js';
import { gatewayConfig } from '../../sample/src/gateway/gateway.config.js';
import { GatewayModule } from '../../sample/src/gateway/gateway.module.js';
import { close, listen } from '../../sample/src/identity-server/identity-server.js';
import { webConfig } from '../../sample/src/web/web.config.js';
import { WebModule } from '../../sample/src/web/web.module.js';
import { AuthorizationServer } from '../support/authorization-server.js';
import { MemoryLogger } from '../support/memory-logger.js';

const NAMES = ['REDIS_URL', 'TOKEN_ENCRYPTION_KEYS', 'WEB_SESSION_SECRET'] as const;
const KEY = Buffer.from('a key of a test has 32 bytes too').toString('base64');

describe('the applications of the sample as replicas', () => {
  const before = NAMES.map((name) => [name, process.env[name]] as const);
  beforeEach(() => {
    for (const name of NAMES) delete process.env[name];
  });
  afterAll(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  const start = (module: Type) => Test.createTestingModule({ imports: [module] }).compile();

  it.each([
    ['gateway', GatewayModule],
    ['web application', WebModule],
  ])('ends the start of a %s without keys, and says how to make one', async (_name, module) => {
    process.env['REDIS_URL'] = 'redis://127.0.0.1:1';
    process.env['WEB_SESSION_SECRET'] = 'of all replicas';
    await expect(start(module)).rejects.toThrow(
      'TOKEN_ENCRYPTION_KEYS must be set where REDIS_URL is, to the same in all replicas: what "openssl rand -base64 32" prints',
    );
  });

  it('ends the start of a web application whose cookies no other replica could read', () => {
    expect(webConfig().sessionSecret).toHaveLength(43);
    process.env['REDIS_URL'] = 'redis://127.0.0.1:1';
    expect(() => webConfig()).toThrow('WEB_SESSION_SECRET must be set where REDIS_URL is');
    process.env['WEB_SESSION_SECRET'] = 'of all replicas';
    expect(webConfig().sessionSecret).toBe('of all replicas');
  });

  it('refuses what is no address of a Redis, and does not repeat it', async () => {
    process.env['REDIS_URL'] = 'https://user:a-password@redis.example';
    process.env['TOKEN_ENCRYPTION_KEYS'] = KEY;
    await expect(start(GatewayModule)).rejects.toThrow(
      /^REDIS_URL must be a URL such as redis:\/\/127\.0\.0\.1:6379\.$/,
    );
  });

  it('starts and serves while Redis cannot be reached, and says so once', async () => {
    const orders = createServer((_incoming, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
    });
    const ordersUrl = `http://127.0.0.1:${await listen(orders, 0, '127.0.0.1')}`;
    const server = await AuthorizationServer.start();
    const logs = new MemoryLogger();
    let gateway: INestApplication | undefined;
    try {
      process.env['REDIS_URL'] = `redis://127.0.0.1:${await freePort()}`;
      process.env['TOKEN_ENCRYPTION_KEYS'] = KEY;
      const { issuer } = server;
      const module = await Test.createTestingModule({ imports: [GatewayModule] })
        .overrideProvider(gatewayConfig.KEY)
        .useValue({ issuer, ordersUrl, clientId: 'gateway', clientSecret: 'gateway-secret' })
        .setLogger(logs)
        .compile();
      gateway = await module.createNestApplication().init();
      await request(gateway.getHttpServer()).get('/orders').expect(200, []);
      await request(gateway.getHttpServer()).get('/orders').expect(200, []);
      expect(server.requests.token).toBe(1);
    } finally {
      await gateway?.close();
      await server.stop();
      await close(orders);
    }
    expect(logs.lines.filter((line) => line.includes('Redis cannot be reached'))).toHaveLength(1);
  });
});
