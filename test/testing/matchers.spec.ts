import { Controller, Get, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { JwtAuthModule, Public, RequireScope } from 'nestjs-access-tokens';
import {
  accessTokenMatchers,
  type AccessTokenMatchers,
  TestApi,
  testTokens,
} from 'nestjs-access-tokens/testing';
import request from 'supertest';

declare global {
  // Jest has its matchers in a namespace.
  namespace jest {
    // oxlint-disable-next-line typescript/no-empty-object-type
    interface Matchers<R> extends AccessTokenMatchers<R> {}
  }
}

expect.extend(accessTokenMatchers);

@Controller('orders')
class OrdersController {
  @Get()
  @RequireScope('orders.read', 'shop')
  list() {
    return [];
  }

  @Get('open')
  @Public()
  open() {
    return {};
  }
}

describe('accessTokenMatchers', () => {
  const tokens = testTokens();
  let app: INestApplication;

  beforeAll(async () => {
    const auth = JwtAuthModule.forRoot({ issuer: 'https://id.test', audience: 'urn:api' });
    const builder = Test.createTestingModule({ imports: [auth], controllers: [OrdersController] });
    app = await (await tokens.install(builder).compile()).createNestApplication().init();
  });

  afterAll(() => app.close());

  const get = (path: string, claims?: object) =>
    request(app.getHttpServer())
      .get(path)
      .set(claims ? tokens.bearer(claims) : {});

  it('toBeChallenged', async () => {
    const [missing, narrow] = [await get('/orders'), await get('/orders', { scope: 'x' })];
    expect(missing).toBeChallenged();
    expect(missing).toBeChallenged({ error: undefined, scope: 'shop orders.read' });
    expect(missing).not.toBeChallenged({ error: 'invalid_token' });
    expect(narrow).toBeChallenged({ error: 'insufficient_scope', scope: ['orders.read', 'shop'] });
    expect(narrow).not.toBeChallenged({ scope: 'orders.read' });
    expect(await get('/orders/open')).not.toBeChallenged();
    const headers = new Headers({ 'WWW-Authenticate': 'Bearer error="invalid_token"' });
    expect({ status: 401, headers }).toBeChallenged({ error: 'invalid_token' });
    expect({ statusCode: 200, headers }).not.toBeChallenged();
    expect(() => expect(missing).toBeChallenged({ scope: 'y' })).toThrow(
      'expected 401 with WWW-Authenticate: Bearer realm="urn:api", scope="orders.read shop" to be challenged with {"scope":"y"}',
    );
  });

  it('toNeedScope', () => {
    expect(app).toNeedScope('GET /orders', 'orders.read');
    expect(app).toNeedScope('GET /orders', 'shop', 'orders.read');
    expect(app).not.toNeedScope('GET /orders', 'orders.write');
    expect(app).not.toNeedScope('GET /orders/open');
    expect(() => expect(app).toNeedScope('GET /order', 'shop')).toThrow(
      'expected GET /order, which is none of: GET /orders, GET /orders/open, to need the scopes ["shop"]',
    );
  });

  it('toHaveSentTokenOf', () => {
    const api = new TestApi();
    const call = { method: 'GET', path: '/', query: {}, headers: {}, body: undefined };
    expect(api).not.toHaveSentTokenOf('billing');
    api.take({ ...call, token: { client: 'billing', scopes: [] } });
    expect(api).toHaveSentTokenOf('billing');
    expect(api.calls[0]).toHaveSentTokenOf('billing');
    expect(api).not.toHaveSentTokenOf('ledger');
    expect(() => expect([call]).toHaveSentTokenOf('billing')).toThrow(
      'expected calls with tokens of nobody to be calls of "billing"',
    );
  });
});
