import { createServer } from 'node:http';
import type { INestApplication, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { sharedTokens } from '../../sample/src/common/shared-tokens.js';
import { freePort } from '../../sample/src/common/free-port.js';
import { gatewayConfig } from '../../sample/src/gateway/gateway.config.js';
import { GatewayModule } from '../../sample/src/gateway/gateway.module.js';
import { close, listen } from '../../sample/src/identity-server/identity-server.js';
import { webConfig } from '../../sample/src/web/web.config.js';
import { WebModule } from '../../sample/src/web/web.module.js';
import { AuthorizationServer } from '../support/authorization-server.js';
import { MemoryLogger } from '../support/memory-logger.js';

const NAMES = [
  'REDIS_URL',
  'TOKEN_ENCRYPTION_KEYS',
  'WEB_SESSION_SECRET',
  'WEB_CLIENT_SECRET',
  'WEB_PORT',
  'WEB_URL',
] as const;
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

  /** What a replica encrypts with. */
  function keysOf(application: 'gateway' | 'web') {
    const { clientSecret } = application === 'web' ? webConfig() : gatewayConfig();
    return [sharedTokens(application, clientSecret)?.encryptionKeys ?? []].flat();
  }

  it('need nothing but an address: the secret that they have in common makes the others', async () => {
    process.env['REDIS_URL'] = 'redis://127.0.0.1:1';
    const [gateway, web] = [keysOf('gateway'), keysOf('web')];
    const { sessionSecret } = webConfig();
    const secrets = [...gateway, ...web, sessionSecret];
    expect(secrets.map((secret) => Buffer.from(secret, 'base64').length)).toEqual([32, 32, 32]);
    // No two are the same: each has one use, in one application.
    expect(new Set(secrets).size).toBe(3);
    expect([...keysOf('gateway'), webConfig().sessionSecret]).toEqual([...gateway, sessionSecret]);
    process.env['WEB_CLIENT_SECRET'] = 'another-secret';
    expect(webConfig().sessionSecret).not.toBe(sessionSecret);
  });

  it('take what they are given instead', async () => {
    process.env['REDIS_URL'] = 'redis://127.0.0.1:1';
    const older = Buffer.from('the key that they had until then').toString('base64');
    process.env['TOKEN_ENCRYPTION_KEYS'] = `${KEY},${older}`;
    process.env['WEB_SESSION_SECRET'] = 'of all replicas';
    expect(keysOf('gateway')).toEqual([KEY, older]);
    expect(keysOf('web')).toEqual([KEY, older]);
    expect(webConfig().sessionSecret).toBe('of all replicas');
  });

  it('have one address to which users come, and none in common where each is alone', () => {
    process.env['WEB_PORT'] = '6014';
    expect(webConfig().url).toBe('http://127.0.0.1:6014');
    process.env['REDIS_URL'] = 'redis://127.0.0.1:1';
    expect(webConfig().url).toBe('http://127.0.0.1:6004');
    process.env['WEB_URL'] = 'https://web.example.com';
    expect(webConfig().url).toBe('https://web.example.com');
  });

  it('sign cookies with a secret of their own where each is alone', () => {
    const [one, two] = [webConfig(), webConfig()];
    expect(one.sessionSecret).toHaveLength(43);
    expect(one.sessionSecret).not.toBe(two.sessionSecret);
  });

  it('refuses what is no address of a Redis, and does not repeat it', async () => {
    process.env['REDIS_URL'] = 'https://user:a-password@redis.example';
    await expect(start(GatewayModule)).rejects.toThrow(
      /^TokenClientModule cannot start with these options:\n {2}- redis: not the URL of a Redis\. Give one such as redis:\/\/localhost:6379, or rediss:\/\/ for TLS\.\n\(see: errors#invalid_configuration\)$/,
    );
    await expect(start(WebModule)).rejects.toThrow(
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
    expect(logs.lines.filter((line) => line.includes('redis_unavailable'))).toHaveLength(1);
  });
});
