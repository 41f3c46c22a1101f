import { Controller, Get, type INestApplication, Post, VersioningType } from '@nestjs/common';
import {
  AccessDeniedError,
  InsufficientScopeError,
  Public,
  RequireScope,
} from 'nestjs-access-tokens';
import { runAttackSuite } from 'nestjs-access-tokens/testing';
import { Test } from '@nestjs/testing';
import { attackedApp, type GuardHole, type TokenHole } from '../../support/attacked-app.js';

let app: INestApplication | undefined;

afterEach(async () => {
  await app?.close();
  app = undefined;
});

describe('runAttackSuite', () => {
  it.each([false, true])(
    'finds nothing where there is nothing, with Fastify: %s',
    async (fastify) => {
      app = await attackedApp({ fastify });
      expect(await runAttackSuite(app, { open: ['GET /orders/health'] })).toEqual([]);
    },
  );

  it('reaches handlers below prefixes and versions, and on a server that listens', async () => {
    @Controller({ path: 'carts', version: '2' })
    class CartsController {
      @Get(':id/*rest')
      @RequireScope('carts.read')
      one() {
        return {};
      }
    }
    for (const versioning of [
      { type: VersioningType.URI } as const,
      { type: VersioningType.HEADER, header: 'X-Version' } as const,
      { type: VersioningType.MEDIA_TYPE, key: 'v=' } as const,
    ]) {
      app = await attackedApp({
        controller: CartsController,
        configure: (made) => made.setGlobalPrefix('api').enableVersioning(versioning),
      });
      await app.listen(0, '127.0.0.1');
      expect(await runAttackSuite(app)).toEqual([]);
      expect(await runAttackSuite(app, { attacks: ['two headers'] })).toEqual([]);
      await app.close();
    }
  });

  it('has a table of its attacks, and knows no others', async () => {
    expect(runAttackSuite.each.length).toBeGreaterThanOrEqual(40);
    expect(new Set(runAttackSuite.each).size).toBe(runAttackSuite.each.length);
    app = await attackedApp();
    await expect(runAttackSuite(app, { attacks: ['a spell'] })).rejects.toThrow(
      "attacks: there is no 'a spell'. runAttackSuite.each has all names.",
    );
  });

  it('needs the kit in the application', async () => {
    const { JwtAuthModule } = await import('nestjs-access-tokens');
    const auth = JwtAuthModule.forRoot({
      issuer: 'https://id.test',
      audience: 'a',
      warmUp: 'lazy',
    });
    const module = await Test.createTestingModule({ imports: [auth] }).compile();
    app = await module.createNestApplication().init();
    await expect(runAttackSuite(app)).rejects.toThrow('made without the test kit');
  });

  it('says what is open, and what is not', async () => {
    app = await attackedApp();
    expect(await runAttackSuite(app, { open: ['GET /orders'], attacks: ['no token'] })).toEqual([
      { name: 'what is open', route: 'GET /orders/health', expected: 'required', got: 'public' },
      { name: 'what is open', route: 'GET /orders', expected: 'public', got: 'no such open route' },
    ]);
  });

  it('says what it has found', async () => {
    app = await attackedApp({ token: ({ reason }) => reason === 'expired' });
    const findings = await runAttackSuite(app, { attacks: ['an expired token'] });
    expect(findings).toContainEqual({
      name: 'an expired token',
      route: 'POST /orders',
      expected: '401 invalid_token (The access token has expired)',
      got: '201',
    });
    expect(findings.map(({ route }) => route).toSorted()).toEqual([
      'GET /orders',
      'GET /orders/admin',
      'GET /orders/any',
      'GET /orders/mine',
      'GET /orders/of/:id',
      'GET /orders/perhaps',
      'POST /orders',
    ]);
  });
});

const reason =
  (name: string): TokenHole =>
  (error) =>
    error.reason === name;
const detail =
  (text: string): TokenHole =>
  (error) =>
    error.detail.includes(text);
const typ =
  (name: string): TokenHole =>
  (_, { header, claims }) =>
    (claims['typ'] ?? header['typ']) === name;

describe('a hole in what verifies tokens is found', () => {
  it.each<[string, string, TokenHole]>([
    ['any signature', 'a forged signature', reason('signature')],
    [
      'claims beside their signature',
      'a changed claim',
      (_, { claims, header }) => claims['sub'] === 'admin' && header['jwk'] === undefined,
    ],
    [
      'no signature',
      'no signature',
      (_, { signature, header }) => signature === '' && header['alg'] !== 'none',
    ],
    [
      'a signature of zeros',
      'a signature of zeros',
      (_, { signature }) =>
        Buffer.from(signature, 'base64url').every((byte) => byte === 0) && signature.length > 4,
    ],
    ['alg none', 'alg none', (_, { header }) => header['alg'] === 'none'],
    [
      'alg none in other letters',
      'alg none with a signature',
      (_, { header }) => header['alg'] === 'nOnE',
    ],
    [
      'HMAC by the public key, as PEM',
      'HS256 by the public key (PEM)',
      (_, { header }) => header['alg'] === 'HS256',
    ],
    ['HMAC by the public key, as JWK', 'HS256 by the public key (JWK)', reason('algorithm')],
    [
      'an empty secret',
      'HS256 by an empty key, kid ../../dev/null',
      (_, { header }) => String(header['kid']).includes('..'),
    ],
    [
      'keys in the header',
      'a key of its own in the header',
      (_, { header }) => header['jwk'] !== undefined,
    ],
    [
      'addresses of keys',
      'an address of keys in the header',
      (_, { header }) => header['jku'] !== undefined,
    ],
    ['unknown keys', 'a foreign kid', reason('key')],
    ['no kid', 'no kid, and a foreign key', (_, { header }) => header['kid'] === undefined],
    [
      'careless base64url',
      'a signature in other letters',
      (error, { raw }) => error.detail.includes('canonical') && !raw.endsWith('='),
    ],
    ['padding', 'padding at the end', (_, { raw }) => raw.endsWith('==')],
    ['critical headers', 'a critical header', (_, { header }) => header['x'] === 1],
    ['unencoded payloads', 'an unencoded payload', (_, { header }) => header['b64'] === false],
    ['five parts', 'an encrypted token', detail('encrypted')],
    ['any issuer', 'a foreign issuer', reason('issuer')],
    [
      'issuers by their beginning',
      'an issuer that ends otherwise',
      (_, { claims }) => String(claims['iss']).startsWith('https://id.example.com'),
    ],
    ['no issuer', 'no issuer', (_, { claims }) => claims['iss'] === undefined],
    ['any audience', 'a foreign audience', reason('audience')],
    [
      'audiences by their beginning',
      'an audience that begins alike',
      (error, { claims }) =>
        error.reason === 'audience' && String(claims['aud']).startsWith('https://api.example.com'),
    ],
    ['no audience', 'no audience', detail('no aud')],
    ['the end', 'an expired token', reason('expired')],
    ['the beginning', 'a token for later', reason('not_yet_valid')],
    ['tokens for ever', 'a token without end', (_, { claims }) => claims['exp'] === undefined],
    [
      'ends of any type',
      'an end that is a text',
      (_, { claims }) => typeof claims['exp'] === 'string',
    ],
    ['ID tokens', 'an ID token', (_, { claims }) => claims['nonce'] !== undefined],
    ['refresh tokens', 'a refresh token', typ('Refresh')],
    ['logout tokens', 'a logout token', typ('logout+jwt')],
    ['bound tokens', 'a token bound to a key, without a proof', reason('binding')],
  ])('%s', async (_name, attack, token) => {
    app = await attackedApp({ token });
    const findings = await runAttackSuite(app);
    expect(findings.map(({ name }) => name)).toContain(attack);
  });
});

describe('a hole in the guard is found', () => {
  const afterAll =
    (hole: GuardHole): GuardHole =>
    (request, error, context) =>
      error !== undefined && hole(request, error, context);
  const authorizationOf = ({ headers }: Parameters<GuardHole>[0]) => headers['authorization'] ?? '';

  it.each<[string, string, string, GuardHole]>([
    ['for everybody', 'no token', 'GET /orders', () => true],
    [
      'in one handler',
      'no token',
      'GET /orders/of/:id',
      (_r, _e, context) => context.getHandler().name === 'one',
    ],
    ['in one method', 'no token', 'POST /orders', ({ method }) => method === 'POST'],
    ['without a header', 'no token', 'GET /orders', (request) => authorizationOf(request) === ''],
    [
      'with any header',
      'a forged signature',
      'GET /orders',
      (request) => authorizationOf(request) !== '',
    ],
    [
      'for the query',
      'a token in the query',
      'GET /orders',
      ({ url }) => url.includes('access_token='),
    ],
    [
      'for other schemes',
      'another scheme',
      'GET /orders',
      (request) => authorizationOf(request).startsWith('Token '),
    ],
    [
      'for empty tokens',
      'an empty token',
      'GET /orders',
      (request) => authorizationOf(request) === 'Bearer',
    ],
    [
      'for the first of two headers',
      'two headers',
      'GET /orders',
      ({ rawHeaders }) => rawHeaders.filter((one) => one === 'Authorization').length > 1,
    ],
    [
      'for lists of tokens',
      'two tokens in one header',
      'GET /orders',
      (request) => authorizationOf(request).includes(', '),
    ],
    [
      'for any scope',
      'a token without rights',
      'GET /orders',
      afterAll((_, error) => error instanceof InsufficientScopeError),
    ],
    [
      'for one of the scopes',
      'a token without one of the scopes',
      'POST /orders',
      afterAll(
        (request, error) =>
          error instanceof InsufficientScopeError && claimsOf(request).scope === 'orders.write',
      ),
    ],
    [
      'for scopes in any case',
      'scopes in capital letters',
      'GET /orders',
      afterAll(
        (request, error) =>
          error instanceof InsufficientScopeError &&
          String(claimsOf(request).scope).toLowerCase().includes('orders.read') &&
          String(claimsOf(request).scope).toUpperCase() === claimsOf(request).scope,
      ),
    ],
    [
      'for scopes by their beginning',
      'scopes with longer names',
      'GET /orders',
      afterAll(
        (request, error) =>
          error instanceof InsufficientScopeError &&
          String(claimsOf(request).scope).startsWith('orders.readx'),
      ),
    ],
    [
      'for any role',
      'a token without rights',
      'GET /orders/admin',
      afterAll((_, error) => error instanceof AccessDeniedError),
    ],
    [
      'where a token may be missing',
      'an expired token',
      'GET /orders/perhaps',
      afterAll(({ url }) => url === '/orders/perhaps'),
    ],
  ])('%s', async (_name, attack, route, guard) => {
    app = await attackedApp({ guard });
    const findings = await runAttackSuite(app);
    expect(findings.map(({ name, route: where }) => `${name}: ${where}`)).toContain(
      `${attack}: ${route}`,
    );
  });

  function claimsOf({ headers }: Parameters<GuardHole>[0]): { scope?: string } {
    const [, payload = ''] = String(headers['authorization']).split('.');
    return JSON.parse(Buffer.from(payload, 'base64url').toString());
  }
});

describe('what is wrong around the guard is found', () => {
  type Handler = (request: object, response: { status(code: number): { end(): void } }) => void;

  it('a route that is answered before it', async () => {
    const answer: Handler = (_request, response) => response.status(200).end();
    app = await attackedApp({ configure: (made) => made.use('/orders/mine', answer) });
    const findings = await runAttackSuite(app, { attacks: ['no token'] });
    expect(findings).toEqual([
      {
        name: 'no token',
        route: 'GET /orders/mine',
        expected: '401 without an error code',
        got: '200',
      },
    ]);
  });

  it('a challenge that is lost on its way', async () => {
    app = await attackedApp({
      configure: (made) =>
        made.use(
          (
            _request: object,
            response: { setHeader(...all: unknown[]): unknown },
            next: () => void,
          ) => {
            const set = response.setHeader.bind(response);
            response.setHeader = (name, value) =>
              String(name).toLowerCase() === 'www-authenticate' ? response : set(name, value);
            next();
          },
        ),
    });
    const findings = await runAttackSuite(app, { attacks: ['no token'] });
    expect(findings).toHaveLength(6);
    expect(findings[0]).toMatchObject({ got: '401' });
  });

  it('a handler that does not exist for it, until its path is said', async () => {
    @Controller()
    class NumbersController {
      @Get('numbers/:id')
      one() {
        return {};
      }

      @Post('open')
      @Public()
      open() {
        return {};
      }
    }
    app = await attackedApp({
      controller: NumbersController,
      configure: (made) =>
        made.use(
          (
            request: { url: string; headers: object },
            response: Parameters<Handler>[1],
            next: () => void,
          ) =>
            request.url.startsWith('/numbers/4711') && 'x-tenant' in request.headers
              ? next()
              : response.status(404).end(),
        ),
    });
    const attacks = ['no token'];
    expect(await runAttackSuite(app, { attacks })).toMatchObject([{ got: '404' }]);
    const paths = { '/numbers/:id': '/numbers/4711' };
    const headers = { 'X-Tenant': 'one' };
    expect(await runAttackSuite(app, { paths, headers })).toEqual([]);
  });
});
