import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Test } from '@nestjs/testing';
import { runAttackSuite, testTokens } from 'nestjs-access-tokens/testing';
import { AppModule } from '../dist/app.module.js';

const tokens = testTokens({ subject: 'alice' });
let app;

before(async () => {
  const module = await tokens.install(Test.createTestingModule({ imports: [AppModule] })).compile();
  app = module.createNestApplication();
  await app.listen(0, '127.0.0.1');
});

after(() => app.close());

async function ask(method, path, headers) {
  const response = await fetch(`${await app.getUrl()}${path}`, { method, headers });
  return [response.status, await response.json()];
}

test('answers whoever has the scope', async () => {
  const headers = tokens.bearer({ scope: 'orders.read' });
  const mine = { caller: 'tests', user: 'alice', mayWrite: false };
  assert.deepEqual(await ask('GET', '/orders', headers), [200, mine]);
});

test('refuses everybody else', async () => {
  assert.equal((await ask('GET', '/orders'))[0], 401);
  assert.equal((await ask('POST', '/orders', tokens.bearer({ scope: 'orders.read' })))[0], 403);
});

test('calls by a named client, in memory', async () => {
  tokens.api('billing').reply('GET', '/invoices/:id', { id: '7' });
  const headers = tokens.bearer({ scope: 'orders.read' });
  assert.deepEqual(await ask('GET', '/invoices/7', headers), [200, { id: '7' }]);
  assert.equal(tokens.requests('billing').length, 1);
});

test('stands up to attacks', async () => {
  const open = ['GET /', 'GET /orders/health'];
  assert.deepEqual(await runAttackSuite(app, { open }), []);
});
