import { Controller, type ExecutionContext, Get, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import {
  JwtAuthModule,
  Public,
  type RefusedRequest,
  type RequestRefusedError,
} from 'nestjs-access-tokens';
import { platforms, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { forge, goodClaims } from '../../support/forge.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { audience, startProtectedApi } from '../../support/protected-api.js';

/** As at the level `log`, which is usual in production: nothing of level `debug` is seen. */
describe.each(platforms)('whoever runs an API on %s', (platform) => {
  let server: AuthorizationServer;
  let api: RunningApp;
  let clock: TestClock;
  const logger = new MemoryLogger();
  const told: [RequestRefusedError, RefusedRequest][] = [];

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    clock = new TestClock();
    api = await startProtectedApi({
      platform,
      issuer: server.issuer,
      logger,
      clock,
      onFailure: (...parameters) => told.push(parameters),
    });
  });

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  beforeEach(() => {
    clock.advance({ minutes: 2 });
    logger.lines.length = 0;
    told.length = 0;
  });

  const exp = () => Math.floor(clock.now() / 1000) + 600;
  const signed = (claims: object, header = {}) => server.sign({ exp: exp(), ...claims }, header);
  const warnings = () =>
    logger.lines.filter((line) => line.startsWith('warn [JwtAuthModule] Refused '));
  const send = (authorization: string) => api.get('/', undefined, { authorization });

  it('is told which audience came, which was expected, and what to do', async () => {
    await api.get('/', await signed({ aud: 'other-api' }));
    expect(warnings()).toEqual([
      expect.stringMatching(
        /^warn \[JwtAuthModule\] Refused token [\da-f]{12} of "http:\/\/127\.0\.0\.1:\d+", kid "\S+": audience: aud "other-api", expected "https:\/\/api\.example\.com"\. Let the client ask for a token for this API/,
      ),
    ]);
  });

  it('is told once a minute, with how many more there were', async () => {
    const token = await signed({ aud: 'other-api' });
    for (let i = 0; i < 38; i += 1) await api.get('/', token);
    expect(warnings()).toHaveLength(1);
    clock.advance({ seconds: 60 });
    await api.get('/', await signed({ aud: 'other-api' }));
    expect(warnings()).toHaveLength(2);
    expect(warnings()[1]).toMatch(/ \(37 more in the last 60 s\)$/);
  });

  it('is told each reason of the same issuer', async () => {
    const good = { ...goodClaims(server.issuer), exp: exp() };
    await api.get('/', await signed({ aud: 'other-api' }));
    await api.get('/', await signed({}, { typ: 'id+jwt' }));
    await api.get('/', forge({ alg: 'HS256' }, good));
    await api.get('/', forge({ alg: 'RS256', kid: 'made-up' }, good));
    await api.get('/', forge({ alg: 'RS256', kid: server.signingKey.kid }, good));
    await api.get('/', await signed({ cnf: { jkt: 'a' } }));
    await api.get('/', 'opaque');
    expect(
      warnings().map(
        (line) => /^warn .*? [\da-f]{12}(?: of \S+ kid \S+)?: (\w+): /.exec(line)?.[1],
      ),
    ).toEqual(['audience', 'kind', 'algorithm', 'key', 'signature', 'binding', 'malformed']);
    expect(warnings()[2]).toContain('algorithm: alg "HS256", expected RS256 or ');
    for (const i of [2, 3, 4]) expect(warnings()[i]).toContain(`; aud "${audience}", unverified. `);
  });

  it('reads no warning of what happens to good clients every day', async () => {
    const now = Math.floor(clock.now() / 1000);
    await api.get('/', await signed({ exp: now - 100 }));
    await api.get('/', await signed({ nbf: now + 1_000 }));
    await api.get('/read', await signed({}));
    await api.get('/');
    expect(warnings()).toEqual([]);
  });

  it('reads one line of all issuers that anybody may have made up', async () => {
    for (let i = 0; i < 100; i += 1)
      await api.get('/', forge({ alg: 'RS256' }, { iss: `https://${i}.example.com`, exp: exp() }));
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toContain(
      `issuer: iss "https://0.example.com", trusted: "${server.issuer}". If its tokens are to be accepted, `,
    );
  });

  it('reads nothing of the token but who has made it, for whom, and how', async () => {
    const token = await signed({ aud: 'other-api', sub: 'alice', email: 'alice@example.com' });
    await api.get('/', token);
    await send(token);
    await send(`${token} ${token}`);
    await send(`JWT ${token}`);
    await send(`"Bearer ${token}"`);
    await api.get('/', 'opaque-and-secret');
    expect(logger.lines.length).toBeGreaterThan(4);
    for (const part of [...token.split('.'), 'alice', 'opaque-and-secret'])
      expect(logger.lines.join('\n')).not.toContain(part);
  });

  it.each([
    ['DPoP abc', 'with the scheme DPoP'],
    ['JWT abc', 'with the scheme JWT'],
    ['abc', 'without the word Bearer'],
  ])('learns that %j came %s, and so does the client', async (authorization, shown) => {
    const { status, body, challenge } = await send(authorization);
    expect({ status, body, challenge }).toEqual({
      status: 401,
      body: {
        statusCode: 401,
        error: 'Unauthorized',
        message: 'An access token is required. Send it as Authorization: Bearer',
      },
      challenge: `Bearer realm="${audience}"`,
    });
    expect(warnings()).toEqual([
      expect.stringContaining(`Refused a request: its Authorization header came ${shown}. `),
    ]);
  });

  it('learns of malformed requests', async () => {
    expect((await send('Bearer')).status).toBe(400);
    expect(warnings()).toEqual([
      'warn [JwtAuthModule] Refused a request: The Authorization header is malformed. (see: troubleshooting#bearer-bearer-and-other-400)',
    ]);
  });

  it.each([
    ['no aud', {}],
    ['aud [] names nobody', { aud: [] }],
    ['aud null names nobody', { aud: null }],
    ['aud "" names nobody', { aud: '' }],
  ])(
    'learns that a token names no audience (%s), and so does the client',
    async (shown, claims) => {
      const { status, body, challenge } = await api.get(
        '/',
        await signed({ aud: undefined, ...claims }),
      );
      const message = 'The access token names no audience';
      expect({ status, body, challenge }).toEqual({
        status: 401,
        body: { statusCode: 401, error: 'invalid_token', message },
        challenge: `Bearer realm="${audience}", error="invalid_token", error_description="${message}"`,
      });
      expect(warnings()).toEqual([
        expect.stringContaining(`audience: ${shown}; expected "${audience}". Let the`),
      ]);
    },
  );

  it('is handed the request that was refused, with its reason', async () => {
    await api.get('/token?a=1', await signed({ aud: 'other-api' }));
    const [[error, { request, context }]] = told as [[RequestRefusedError, RefusedRequest]];
    expect(error).toMatchObject({
      code: 'invalid_token',
      reason: 'audience',
      detail: `aud "other-api", expected "${audience}"`,
    });
    expect(request).toMatchObject({ method: 'GET', url: '/token?a=1', ip: '127.0.0.1' });
    expect(context?.getHandler().name).toBe('token');
    expect((context as ExecutionContext).switchToHttp().getRequest()).toBe(request);
  });

  it('is handed the request where Passport asked as well', async () => {
    @Controller()
    class PassportController {
      @Get('passport')
      @Public()
      @UseGuards(AuthGuard('jwt'))
      passport() {}
    }
    const passport = await startApp({
      platform,
      imports: [
        JwtAuthModule.forRoot({
          issuer: server.issuer,
          audience,
          protect: 'decorated',
          onFailure: (...parameters) => told.push(parameters),
        }),
      ],
      controllers: [PassportController],
    });
    await passport.get('/passport', 'opaque');
    // Another strategy may know the scheme.
    const { status } = await passport.get('/passport', undefined, { authorization: 'JWT abc' });
    await passport.close();
    expect(status).toBe(401);
    expect(told).toEqual([
      [
        expect.objectContaining({ reason: 'malformed' }),
        { request: expect.objectContaining({ method: 'GET', url: '/passport' }) },
      ],
    ]);
  });
});

describe('tenants that are looked up', () => {
  it('have lines of their own once good tokens of them have come, and one together before', async () => {
    const logger = new MemoryLogger();
    const [known, stranger, other] = await Promise.all(
      [1, 2, 3].map(() => AuthorizationServer.start()),
    );
    const api = await startProtectedApi({
      issuer: 'https://id.example.com',
      jwks: undefined,
      warmUp: 'lazy',
      logger,
      resolveIssuer: (issuer) => ({ issuer }),
    });
    expect((await api.get('/', await known!.sign())).status).toBe(200);
    for (const server of [known, stranger, other]) {
      await api.get('/', await server!.sign({}, { typ: 'id+jwt' }));
      await api.get('/', await server!.sign({}, { typ: 'id+jwt' }));
    }
    await api.close();
    await Promise.all([known, stranger, other].map((server) => server!.stop()));
    expect(logger.lines.filter((line) => line.includes('kind: '))).toEqual([
      expect.stringContaining(`of "${known!.issuer}"`),
      expect.stringContaining(`of "${stranger!.issuer}"`),
    ]);
  });
});

describe("audience: 'account'", () => {
  it.each([
    ['account', 1],
    ['orders', 0],
  ])(
    'is warned about at start, as nearly all tokens of a realm have it (%s)',
    async (name, count) => {
      const logger = new MemoryLogger();
      const issuer = 'https://id.example.com/realms/demo';
      const api = await startProtectedApi({ issuer, audience: name, warmUp: 'lazy', logger });
      await api.close();
      const lines = logger.lines.filter((line) => line.startsWith('warn'));
      expect(lines).toHaveLength(count);
      for (const line of lines)
        expect(line).toContain("audience 'account' is in nearly all tokens");
    },
  );
});
