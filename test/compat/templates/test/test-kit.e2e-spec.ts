import type { HttpServer, INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { AccessAudit } from 'nestjs-access-tokens';
import { accessTokenMatchers, runAttackSuite, testTokens } from 'nestjs-access-tokens/testing';
import request from 'supertest';
import { AppModule } from '../src/app.module.js';

expect.extend(accessTokenMatchers);

const adapters: [string, () => HttpServer][] = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
];

describe.each(adapters)('The application as it is, with the test kit, on %s', (_name, adapter) => {
  const tokens = testTokens({ subject: 'alice', scope: 'orders.read' });
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const module = await tokens.install(builder).compile();
    app = module.createNestApplication(adapter());
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });

  afterAll(() => app.close());

  it('answers whoever has the scope', async () => {
    await request(url)
      .get('/orders')
      .set(tokens.bearer())
      .expect(200, { caller: 'tests', user: 'alice', mayWrite: false });
    await request(url)
      .post('/orders')
      .set(tokens.bearer({ scope: 'orders.read orders.write' }))
      .expect(201, { created: true });
  });

  it('refuses everybody else', async () => {
    const scope = 'orders.read orders.write';
    const missing = await request(url).post('/orders');
    expect(missing.status).toBe(401);
    expect(missing).toBeChallenged({ error: undefined, scope });
    const lacking = await request(url).post('/orders').set(tokens.bearer());
    expect(lacking.status).toBe(403);
    expect(lacking).toBeChallenged({ error: 'insufficient_scope', scope });
    const ended = await request(url)
      .get('/orders')
      .set(tokens.bearer({ expiresInSeconds: -60 }));
    expect(ended.status).toBe(401);
    expect(ended).toBeChallenged({ error: 'invalid_token' });
  });

  it('calls by a named client, in memory', async () => {
    tokens.api('billing').reply('GET', '/invoices/:id', { id: '7' });
    tokens.client('billing').answers({ expiresInSeconds: 60 });
    const ask = () => request(url).get('/invoices/7').set(tokens.bearer());
    await ask().expect(200, { id: '7' });
    await ask().expect(200, { id: '7' });
    expect(tokens.requests('billing')).toMatchObject([{ scopes: ['billing.read'] }]);
    expect(tokens.api('billing')).toHaveSentTokenOf('billing');
    tokens.clock.advance({ minutes: 2 });
    await ask().expect(200, { id: '7' });
    expect(tokens.requests('billing')).toHaveLength(2);
  });

  it('hands on what a named client fails with', async () => {
    tokens.api('billing').reply('GET', '/invoices/8', {}, { status: 500 });
    await request(url)
      .get('/invoices/8')
      .set(tokens.bearer())
      .expect(502, { name: 'AxiosError', status: 500, isCancel: false, isAxiosError: true });
  });

  it('stands up to attacks', async () => {
    expect(app.get(AccessAudit)).toNeedScope('POST /orders', 'orders.read', 'orders.write');
    expect(await runAttackSuite(app, { open: ['GET /', 'GET /orders/health'] })).toEqual([]);
  });
});
