import {
  Controller,
  Get,
  type INestApplication,
  Module,
  type ModuleMetadata,
} from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  AccessToken,
  CLAIM_SHAPES,
  JwtAuthModule,
  type JwtAuthOptions,
  Public,
  RequirePermission,
  RequireRole,
  RequireScope,
  RequireUser,
} from 'nestjs-access-tokens';
import { testTokens, type TestTokens } from 'nestjs-access-tokens/testing';
import request from 'supertest';
import type { App } from 'supertest/types.js';
import { platforms } from '../../support/app.js';

const issuer = 'https://id.example.com';
const audience = 'https://orders.example.com';

@Controller('orders')
class OrdersController {
  @Get()
  @RequireScope('orders.read')
  list(@AccessToken() token: AccessToken) {
    const { subject = null, clientId, isUser, isClient } = token;
    return { issuer: token.issuer, subject, clientId, isUser, isClient };
  }

  @Get('admin')
  @RequireRole('clerk')
  @RequirePermission('orders:delete')
  admin() {
    return { admin: true };
  }

  @Get('mine')
  @RequireUser()
  mine() {
    return { mine: true };
  }

  @Get('token')
  token(@AccessToken() token: AccessToken) {
    return { claims: token.claims, audience: token.audience };
  }

  @Get('health')
  @Public()
  health() {
    return { ok: true };
  }
}

/** An application as its users write it, whose servers nobody can reach. */
async function start(
  tokens: TestTokens | undefined,
  imports: ModuleMetadata['imports'],
  platform: (typeof platforms)[number] = 'express',
) {
  @Module({ imports: imports ?? [], controllers: [OrdersController] })
  class AppModule {}

  const builder = Test.createTestingModule({ imports: [AppModule] });
  const module = await (tokens?.install(builder) ?? builder).compile();
  if (platform === 'express') return module.createNestApplication<INestApplication<App>>().init();
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

type Running = Awaited<ReturnType<typeof start>>;

let app: Running | undefined;

afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function get(path: string, headers: object = {}) {
  const server = app?.getHttpServer() as App;
  const {
    status,
    body,
    headers: answered,
  } = await request(server)
    .get(path)
    .set({ ...headers });
  return { status, body: body as unknown, challenge: String(answered['www-authenticate']) };
}

const forRoot = (options: Partial<JwtAuthOptions> = {}) => [
  JwtAuthModule.forRoot({ issuer, audience, ...options }),
];

describe.each(platforms)('the test kit on %s', (platform) => {
  it('lets the real guard decide, by the rules of the application', async () => {
    const tokens = testTokens();
    app = await start(tokens, forRoot(), platform);
    const alice = { subject: 'alice', clientId: 'web' };

    expect(await get('/orders')).toMatchObject({ status: 401 });
    expect(await get('/orders/health')).toMatchObject({ status: 200 });
    expect(await get('/orders', tokens.bearer(alice))).toMatchObject({
      status: 403,
      challenge: expect.stringContaining('scope="orders.read"') as string,
    });
    expect(await get('/orders', tokens.bearer({ ...alice, scope: 'orders.read' }))).toMatchObject({
      status: 200,
      body: { issuer, subject: 'alice', clientId: 'web', isUser: true, isClient: false },
    });
    expect(await get('/orders', tokens.bearer({ scope: ['orders.read', 'x'] }))).toMatchObject({
      status: 200,
      body: { issuer, subject: 'tests', clientId: 'tests', isUser: false, isClient: true },
    });
    expect(await get('/orders/mine', tokens.bearer())).toMatchObject({ status: 403 });
    expect(await get('/orders/mine', tokens.bearer(alice))).toMatchObject({ status: 200 });
  });
});

describe('the clock of the test', () => {
  it('ends tokens, and nothing else does', async () => {
    const tokens = testTokens();
    app = await start(tokens, forRoot());
    const bearer = tokens.bearer({ scope: 'orders.read' });
    expect(await get('/orders', bearer)).toMatchObject({ status: 200 });
    tokens.clock.advance({ minutes: 5, seconds: 29 });
    expect(await get('/orders', bearer)).toMatchObject({ status: 200 });
    tokens.clock.advance({ seconds: 1 });
    expect(await get('/orders', bearer)).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('The access token has expired') as string,
    });
    const next = tokens.bearer({ scope: 'orders.read' });
    expect(await get('/orders', next)).toMatchObject({ status: 200 });
  });

  it('is the one by which tokens are made', async () => {
    const tokens = testTokens();
    app = await start(tokens, forRoot({ maxTokenAgeSeconds: 60 }));
    expect(tokens.clock.date().getTime()).toBe(tokens.clock.now());
    const ended = { scope: 'orders.read', expiresInSeconds: -3600 };
    expect(await get('/orders', tokens.bearer(ended))).toMatchObject({ status: 401 });
    const bearer = tokens.bearer({ scope: 'orders.read', expiresInSeconds: 3600 });
    tokens.clock.advance({ ms: 91_000 });
    expect(await get('/orders', bearer)).toMatchObject({ status: 401 });
  });
});

describe('the keys of the test', () => {
  it('can be unavailable, also for tokens that were good a moment ago', async () => {
    const tokens = testTokens();
    app = await start(tokens, forRoot());
    const bearer = tokens.bearer({ scope: 'orders.read' });
    for (let i = 0; i < 3; i += 1)
      expect(await get('/orders', bearer)).toMatchObject({ status: 200 });
    tokens.keys.unavailable();
    expect(await get('/orders', bearer)).toMatchObject({ status: 503 });
    expect(await get('/orders', tokens.bearer({ scope: 'orders.read' }))).toMatchObject({
      status: 503,
    });
    tokens.keys.available();
    expect(await get('/orders', bearer)).toMatchObject({ status: 200 });
  });

  it('can be unavailable from the start', async () => {
    const tokens = testTokens();
    tokens.keys.unavailable();
    await expect(start(tokens, forRoot({ warmUp: 'eager' }))).rejects.toThrow(
      "warmUp: 'eager', and there are no keys to be had",
    );
  });

  it('rotate: what the old ones signed stays good, unless they are withdrawn', async () => {
    const tokens = testTokens();
    app = await start(tokens, forRoot());
    const old = tokens.bearer({ scope: 'orders.read' });
    tokens.keys.rotate();
    const next = tokens.bearer({ scope: 'orders.read' });
    expect(await get('/orders', old)).toMatchObject({ status: 200 });
    expect(await get('/orders', next)).toMatchObject({ status: 200 });
    tokens.keys.rotate({ withdraw: true });
    expect(await get('/orders', old)).toMatchObject({ status: 401 });
    expect(await get('/orders', next)).toMatchObject({ status: 401 });
    expect(await get('/orders', tokens.bearer({ scope: 'orders.read' }))).toMatchObject({
      status: 200,
    });
  });

  it.each([
    ['ES512', 'algorithms', { algorithms: ['ES512'] }],
    ['EdDSA', 'algorithms', { algorithms: ['EdDSA', 'RS256'] }],
    ['PS256', 'algorithms', { algorithms: ['PS256'] }],
    ['RS512', 'algorithms', { algorithms: ['RS512'] }],
    ['HS256', 'secret', { secret: 'a secret of the application, long enough' }],
    ['ES256', 'jwksUri', { jwksUri: 'https://id.example.com/keys' }],
    ['ES256', 'jwks', { jwks: { keys: [] } }],
  ] as const)('are of the kind %s that %s asks for', async (alg, _option, options) => {
    const tokens = testTokens();
    const jwks = 'jwks' in options ? { jwks: { keys: [fixedKey] } } : {};
    app = await start(tokens, forRoot({ ...options, ...jwks }));
    const token = tokens.issue({ scope: 'orders.read' });
    const [header = ''] = token.split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ alg });
    expect(await get('/orders', { authorization: `Bearer ${token}` })).toMatchObject({
      status: 200,
    });
  });
});

const fixedKey = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};

describe('claims', () => {
  it.each<[string, Partial<JwtAuthOptions>, object]>([
    ['the names of most', {}, { scope: 'a orders.read', roles: ['clerk'] }],
    [
      'those of Keycloak',
      { ...CLAIM_SHAPES.keycloak, permissionClaims: [['grants', 'all']] },
      { realm_access: { roles: ['clerk'] }, grants: { all: ['orders:delete'] } },
    ],
    [
      'names of an object',
      { roleClaims: [{ path: ['x', 'roles'], keys: true }], scopeClaims: ['scp'] },
      { x: { roles: { clerk: {} } }, scp: 'a orders.read' },
    ],
    ['another audience claim', { audienceClaims: ['azp'] }, { azp: audience }],
    ['RFC 9068', { profile: 'rfc9068' }, { aud: audience, sub: 'alice', client_id: 'tests' }],
  ])('land where the application looks for them: %s', async (_name, options, expected) => {
    const tokens = testTokens();
    app = await start(tokens, forRoot(options));
    const wish = {
      subject: 'alice',
      scope: ['a', 'orders.read'],
      roles: ['clerk'],
      permissions: ['orders:delete'],
    };
    const bearer = tokens.bearer(wish);
    expect(await get('/orders', bearer)).toMatchObject({ status: 200 });
    expect(await get('/orders/admin', bearer)).toMatchObject({ status: 200 });
    expect(await get('/orders/token', bearer)).toMatchObject({ body: { claims: expected } });
    const token = tokens.accessToken(wish);
    expect([...token.scopes]).toEqual(['a', 'orders.read']);
    expect(token.hasRole('clerk') && token.hasPermission('orders:delete')).toBe(true);
    expect(token.claims).toMatchObject(expected);
  });

  it('can be given and taken away as they stand', async () => {
    const tokens = testTokens({ scope: 'orders.read', raw: { tenant: 'one', plan: 'free' } });
    app = await start(tokens, forRoot());
    const bearer = tokens.bearer({ raw: { plan: 'paid', jti: undefined, sub: 'bob' } });
    const { body } = await get('/orders/token', bearer);
    expect(body).toMatchObject({ claims: { tenant: 'one', plan: 'paid', sub: 'bob' } });
    expect(body).not.toHaveProperty('claims.jti');
    const lacking = tokens.bearer({ raw: { exp: undefined } });
    expect(await get('/orders/token', lacking)).toMatchObject({ status: 401 });
    const idToken = tokens.bearer({ header: { typ: 'logout+jwt' } });
    expect(await get('/orders/token', idToken)).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('The token is not an access token') as string,
    });
  });

  it('can name another issuer and audience, and are refused then', async () => {
    const tokens = testTokens({ scope: 'orders.read' });
    app = await start(tokens, forRoot());
    const strange = tokens.bearer({ issuer: 'https://id.example.org' });
    expect(await get('/orders', strange)).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('issuer that is not trusted') as string,
    });
    expect(await get('/orders', tokens.bearer({ audience: 'https://x.test' }))).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('another audience') as string,
    });
    const several = tokens.bearer({ audience: ['https://x.test', audience] });
    expect(await get('/orders', several)).toMatchObject({ status: 200 });
  });
});

describe('options of every kind', () => {
  it('forRootAsync with ConfigModule', async () => {
    const tokens = testTokens();
    const config = ConfigModule.forRoot({
      ignoreEnvFile: true,
      load: [() => ({ auth: { issuer: 'https://id.example.net', audience } })],
    });
    const auth = JwtAuthModule.forRootAsync({
      imports: [ConfigModule],
      inject: [ConfigService],
      useFactory: async (values: ConfigService) => values.getOrThrow<JwtAuthOptions>('auth'),
    });
    app = await start(tokens, [config, auth]);
    expect(await get('/orders', tokens.bearer({ scope: 'orders.read' }))).toMatchObject({
      status: 200,
      body: { issuer: 'https://id.example.net' },
    });
  });

  it('several issuers, each with keys and rules of its own', async () => {
    const tokens = testTokens({ scope: 'orders.read' });
    const other = 'https://login.example.org';
    const issuers = [issuer, { issuer: other, audience: 'urn:orders', scopeClaims: ['scp'] }];
    app = await start(tokens, [JwtAuthModule.forRoot({ issuers, audience })]);
    expect(await get('/orders', tokens.bearer())).toMatchObject({ status: 200, body: { issuer } });
    const second = await get('/orders/token', tokens.bearer({ issuer: other }));
    expect(second).toMatchObject({
      status: 200,
      body: { audience: ['urn:orders'], claims: { scp: 'orders.read' } },
    });
    const posing = tokens.bearer({ raw: { iss: other, aud: 'urn:orders', scp: 'orders.read' } });
    expect(await get('/orders', posing)).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('The access token is invalid') as string,
    });
  });

  it('resolveIssuer, which is asked', async () => {
    const tokens = testTokens({ scope: 'orders.read' });
    const asked: string[] = [];
    const resolveIssuer = (iss: string) => {
      asked.push(iss);
      return iss.endsWith('.tenants.test') ? { issuer: iss, audience: `urn:${iss}` } : undefined;
    };
    app = await start(tokens, [JwtAuthModule.forRoot({ resolveIssuer })]);
    const one = 'https://one.tenants.test';
    expect(() => tokens.bearer()).toThrow('issuer: missing.');
    expect(() => tokens.bearer({ issuer: one })).toThrow(`await tokens.lookUp('${one}')`);
    await tokens.lookUp(one);
    expect(await get('/orders', tokens.bearer({ issuer: one }))).toMatchObject({
      status: 200,
      body: { issuer: one },
    });
    await expect(tokens.lookUp('https://x.test')).rejects.toThrow(
      "resolveIssuer of the application does not know 'https://x.test'.",
    );
    const strange = tokens.bearer({ issuer: 'https://x.test', audience });
    expect(await get('/orders', strange)).toMatchObject({ status: 401 });
    expect(asked).toEqual([one, one, 'https://x.test', 'https://x.test']);
  });

  it('hooks, schema and a place for the token of their own', async () => {
    const tokens = testTokens({ scope: 'orders.read' });
    const [validated, refused]: [unknown[], unknown[]] = [[], []];
    const options: Partial<JwtAuthOptions> = {
      jwtFromRequest: ({ headers }: { headers: object }) => Reflect.get(headers, 'x-token'),
      onValidated: (token) => validated.push(token.subject),
      onFailure: (error) => refused.push(error.reason),
      claimsSchema: {
        '~standard': {
          version: 1,
          validate: (claims) =>
            Object(claims).tenant ? { value: Object(claims) } : { issues: [{ message: 'tenant' }] },
        },
      },
      impliedScopes: { 'orders.write': ['orders.read'] },
      requiredScopes: 'shop',
    };
    app = await start(tokens, forRoot(options));
    const raw = { tenant: 'one' };
    const send = (scope: string, more = {}) =>
      get('/orders', { 'x-token': tokens.issue({ scope, subject: 'alice', ...more }) });
    expect(await send('shop orders.write', { raw })).toMatchObject({ status: 200 });
    expect(await send('orders.write', { raw })).toMatchObject({ status: 403 });
    expect(await send('shop orders.write')).toMatchObject({ status: 401 });
    expect(validated).toEqual(['alice', 'alice']);
    expect(refused).toEqual([undefined, 'claims']);
  });
});

describe('revoke', () => {
  it('is found out by an application that looks for revoked tokens', async () => {
    const tokens = testTokens({ scope: 'orders.read' });
    app = await start(tokens, forRoot({ isRevoked: ({ subject }) => subject === 'mallory' }));
    const [one, two, three] = ['a', 'b', 'c'].map((subject) => tokens.bearer({ subject }));
    expect(await get('/orders', one)).toMatchObject({ status: 200 });
    tokens.revoke(one ?? '');
    tokens.revoke(String(two?.Authorization.slice('Bearer '.length)));
    expect(await get('/orders', one)).toMatchObject({ status: 401 });
    expect(await get('/orders', two)).toMatchObject({ status: 401 });
    expect(await get('/orders', three)).toMatchObject({ status: 200 });
    expect(await get('/orders', tokens.bearer({ subject: 'mallory' }))).toMatchObject({
      status: 401,
    });
  });

  it('throws where nobody looks for them', async () => {
    const tokens = testTokens();
    app = await start(tokens, forRoot());
    expect(() => tokens.revoke(tokens.bearer())).toThrow('The application has no isRevoked');
  });
});

describe('an application without it', () => {
  it('trusts no key of it', async () => {
    const tokens = testTokens({ scope: 'orders.read' });
    const jwks = { keys: [fixedKey] };
    const tested = await start(tokens, forRoot({ jwks }));
    const bearer = tokens.bearer();
    await tested.close();
    app = await start(undefined, forRoot({ jwks }));
    expect(await get('/orders', bearer)).toMatchObject({ status: 401 });
  });

  it('nor does one that is tested by another kit', async () => {
    const [one, two] = [testTokens(), testTokens()];
    const first = await start(one, forRoot());
    app = await start(two, forRoot());
    const scope = 'orders.read';
    expect(await get('/orders', one.bearer({ scope }))).toMatchObject({ status: 401 });
    expect(await get('/orders', two.bearer({ scope }))).toMatchObject({ status: 200 });
    await first.close();
  });
});
