import { createHmac } from 'node:crypto';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { webConfig } from '../../sample/src/web/web.config.js';
import { WebModule } from '../../sample/src/web/web.module.js';
import { setUpWeb } from '../../sample/src/web/web.setup.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { eventually } from './support/eventually.js';
import { RedisServer } from './support/redis-server.js';

/** What its README promises is three seconds. Here many others may work on the same processors. */
const LIMIT_MS = 6_000;

describe('The web application of the sample, with a Redis that is there and answers nothing', () => {
  let redis: RedisServer;
  let web: INestApplication;
  let logs: MemoryLogger;

  beforeEach(async () => {
    redis = await RedisServer.start();
    process.env['REDIS_URL'] = redis.url;
    logs = new MemoryLogger();
  });
  afterEach(async () => {
    delete process.env['REDIS_URL'];
    await web.close();
    await redis.stop();
  });

  async function start(): Promise<void> {
    const module = await Test.createTestingModule({ imports: [WebModule] })
      .setLogger(logs)
      .compile();
    web = module.createNestApplication();
    setUpWeb(web);
    await web.init();
  }

  /** The status of the first page, for somebody who has a session. */
  async function visit(): Promise<number> {
    const signed = createHmac('sha256', webConfig().sessionSecret).update('a-session');
    const id = `s:a-session.${signed.digest('base64').replace(/=+$/, '')}`;
    const cookie = `web.sid=${encodeURIComponent(id)}`;
    return (await request(web.getHttpServer()).get('/').set('Cookie', cookie)).status;
  }

  test('asks for patience instead of keeping anybody waiting, and comes back by itself', async () => {
    await start();
    expect(await visit()).toBe(200);
    redis.pause();
    const begun = performance.now();
    expect(await Promise.all([visit(), visit(), visit()])).toEqual([503, 503, 503]);
    expect(performance.now() - begun).toBeLessThan(LIMIT_MS);
    expect(await visit()).toBe(503);
    redis.resume();
    await eventually('it knows its visitors again', async () => (await visit()) === 200);
    const told = (what: string) => logs.lines.filter((line) => line.includes(what));
    expect(told('Redis cannot be reached')).toHaveLength(1);
    expect(told('Redis is back')).toHaveLength(1);
  });

  test('starts, and comes back by itself', async () => {
    redis.pause();
    await start();
    expect(await visit()).toBe(503);
    redis.resume();
    await eventually('it knows its visitors', async () => (await visit()) === 200);
  });
});
