import { Controller, Get } from '@nestjs/common';
import {
  AccessToken,
  type ClaimsSchema,
  JwtAuthModule,
  type JwtAuthOptions,
  type RequestRefusedError,
} from 'nestjs-access-tokens';
import { type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { until } from '../../support/until.js';

const audience = 'https://api.example.com';

@Controller()
class ClaimsController {
  @Get()
  claims(@AccessToken() token: AccessToken) {
    return token.claims;
  }
}

describe('what else is checked of a token', () => {
  let server: AuthorizationServer;
  let clock: TestClock;
  const apps: RunningApp[] = [];

  const start = async (options: Partial<JwtAuthOptions>): Promise<RunningApp> => {
    const imports = [JwtAuthModule.forRoot({ issuer: server.issuer, audience, clock, ...options })];
    const app = await startApp({ imports, controllers: [ClaimsController] });
    apps.push(app);
    return app;
  };

  beforeEach(async () => {
    clock = new TestClock();
    server = await AuthorizationServer.start();
  });

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await server.stop();
  });

  describe('with profile rfc9068', () => {
    it.each([
      ['a full token', {}, {}, 200],
      ['its media type in full', {}, { typ: 'application/at+jwt' }, 200],
      ['typ JWT', {}, { typ: 'JWT' }, 401],
      ['no typ', {}, { typ: undefined }, 401],
      ['no sub', { sub: undefined }, {}, 401],
      ['an empty sub', { sub: '' }, {}, 401],
      ['no client_id', { client_id: undefined }, {}, 401],
      ['no jti', { jti: undefined }, {}, 401],
      ['no iat', { iat: undefined }, {}, 401],
      ['a nonce', { nonce: 'n' }, {}, 401],
    ])('%s', async (_, claims, header, status) => {
      const api = await start({ profile: 'rfc9068' });
      expect(
        (await api.get('/', await server.sign(claims, header as { typ: string }))).status,
      ).toBe(status);
    });
  });

  it('is its age, with maxTokenAgeSeconds', async () => {
    const api = await start({ maxTokenAgeSeconds: 60 });
    const exp = Math.floor(clock.now() / 1000) + 3600;
    const token = await server.sign({ exp });
    expect((await api.get('/', token)).status).toBe(200);
    clock.advance({ seconds: 80 });
    expect((await api.get('/', token)).status).toBe(200);
    clock.advance({ seconds: 15 });
    expect((await api.get('/', token)).status).toBe(401);
    expect((await api.get('/', await server.sign({ exp, iat: undefined }))).status).toBe(401);
  });

  describe('by isRevoked', () => {
    it('is on every request whether it was revoked, though it is remembered', async () => {
      const revoked = new Set<unknown>();
      const api = await start({ isRevoked: ({ claims }) => revoked.has(claims['jti']) });
      const token = await server.sign({ jti: 'j1' });
      for (let i = 0; i < 3; i += 1) expect((await api.get('/', token)).status).toBe(200);
      revoked.add('j1');
      const { status, challenge } = await api.get('/', token);
      expect(status).toBe(401);
      expect(challenge).toContain('error_description="The access token has been revoked"');
    });

    it.each([
      ['throws', () => Promise.reject(new Error('no database')), 503],
      ['forgets to answer', () => undefined as unknown as boolean, 401],
      ['answers no', async () => false, 200],
    ])('is not taken for good when it %s', async (_, isRevoked, status) => {
      const api = await start({ isRevoked });
      expect((await api.get('/', await server.sign())).status).toBe(status);
    });
  });

  it('is seen by onValidated on every request, which may refuse it', async () => {
    const seen: (string | undefined)[] = [];
    const api = await start({
      onValidated: ({ subject }) => {
        seen.push(subject);
        if (subject === 'mallory') throw new Error('not her');
      },
    });
    const token = await server.sign({ sub: 'alice' });
    for (let i = 0; i < 3; i += 1) expect((await api.get('/', token)).status).toBe(200);
    expect((await api.get('/', await server.sign({ sub: 'mallory' }))).status).toBe(401);
    expect(seen).toEqual(['alice', 'alice', 'alice', 'mallory']);
  });

  it('is told to onFailure when it is refused, which cannot change that', async () => {
    const failures: RequestRefusedError[] = [];
    const api = await start({
      onFailure: (error) => {
        failures.push(error);
        throw new Error('in the observer');
      },
    });
    const statuses = [
      (await api.get('/')).status,
      (await api.get('/', await server.sign({ exp: 1 }))).status,
    ];
    expect(statuses).toEqual([401, 401]);
    expect(failures.map(({ code }) => code)).toEqual(['missing_token', 'invalid_token']);
  });

  describe('by claimsSchema', () => {
    const schema = (validate: ClaimsSchema['~standard']['validate']): ClaimsSchema => ({
      '~standard': { version: 1, validate },
    });

    it('is what the schema makes of its claims', async () => {
      const api = await start({
        claimsSchema: schema((value) => ({ value: { ...(value as object), tenant: 7 } })),
      });
      const { status, body } = await api.get('/', await server.sign({ tenant: '7' }));
      expect(status).toBe(200);
      expect(body).toMatchObject({ tenant: 7, iss: server.issuer });
    });

    it.each([
      ['refuses', () => ({ issues: [{ message: 'no tenant' }] })],
      ['gives no object', () => ({ value: 5 })],
      [
        'throws',
        () => {
          throw new Error('bug');
        },
      ],
    ])('is refused with 401 when the schema %s', async (_, validate) => {
      const api = await start({ claimsSchema: schema(validate) });
      const { status, challenge } = await api.get('/', await server.sign());
      expect(status).toBe(401);
      expect(challenge).toContain('error_description="The access token is invalid"');
    });
  });

  describe('when it is remembered', () => {
    /** A token is kept from its second sight on. */
    const getKnown = async (api: RunningApp, token: string): Promise<void> => {
      for (let i = 0; i < 3; i += 1) expect((await api.get('/', token)).status).toBe(200);
    };

    it('is its end, with each request', async () => {
      const api = await start({});
      const token = await server.sign({ exp: Math.floor(clock.now() / 1000) + 10 });
      await getKnown(api, token);
      clock.advance({ seconds: 39 });
      expect((await api.get('/', token)).status).toBe(200);
      clock.advance({ seconds: 2 });
      expect((await api.get('/', token)).status).toBe(401);
    });

    it('is its signature: a token that differs in one bit is another token', async () => {
      const api = await start({});
      const token = await server.sign();
      await getKnown(api, token);
      const at = token.length - 20;
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect((await api.get('/', changed)).status).toBe(401);
    });

    it('is whether its key is still in the key set', async () => {
      const api = await start({});
      const token = await server.sign({ exp: Math.floor(clock.now() / 1000) + 3600 });
      await getKnown(api, token);
      await server.rotateKey({ keepOld: false });
      expect((await api.get('/', token)).status).toBe(200);
      clock.advance({ minutes: 9 });
      expect((await api.get('/', token)).status).toBe(200);
      await until(() => server.requests.jwks === 2);
      expect(
        (await api.get('/', await server.sign({ exp: Math.floor(clock.now() / 1000) + 60 })))
          .status,
      ).toBe(200);
      expect((await api.get('/', token)).status).toBe(401);
    });

    it('is the scheme that it comes with, and the header that it comes in', async () => {
      const api = await start({});
      const token = await server.sign();
      const statusOf = async (authorization: string): Promise<number> =>
        (await api.get('/', undefined, { authorization })).status;
      await getKnown(api, token);
      expect(await statusOf(`Bearer ${token}`)).toBe(200);
      expect(await statusOf(`bearer  ${token}`)).toBe(200);
      expect(await statusOf(`Digest ${token}`)).toBe(401);
      expect(await statusOf(`Bearer ${token} x`)).toBe(400);
    });

    it('costs no signature check, and none is skipped with verifiedTokenCacheSize 0', async () => {
      const [on, off] = [await start({}), await start({ verifiedTokenCacheSize: 0 })];
      const token = await server.sign();
      for (const api of [on, off]) {
        expect((await api.get('/', token)).status).toBe(200);
        expect((await api.get('/', token)).status).toBe(200);
      }
    });
  });

  it('is the clock of the server, which is warned about once when it is far from ours', async () => {
    const warnings: string[] = [];
    const imports = [JwtAuthModule.forRoot({ issuer: server.issuer, audience, clock })];
    clock.advance({ seconds: 40 });
    const app = await startApp({
      imports,
      controllers: [ClaimsController],
      configure: (nest) =>
        nest.useLogger({
          log: () => {},
          error: () => {},
          warn: (line: string) => warnings.push(line),
        }),
    });
    apps.push(app);
    expect((await app.get('/', await server.sign())).status).toBe(200);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^The clock of this machine is (39|40|41) s ahead of that of http:\S+: good tokens may be refused\. Set the clocks right\.$/,
      ),
    ]);
  });

  it('never hides a refusal from scripts of other origins', async () => {
    const imports = [JwtAuthModule.forRoot({ issuer: server.issuer, audience })];
    for (const platform of ['express', 'fastify'] as const) {
      const app = await startApp({
        platform,
        imports,
        controllers: [ClaimsController],
        configure: (nest) =>
          platform === 'express' && nest.enableCors({ exposedHeaders: ['X-Total'] }),
      });
      apps.push(app);
      const { headers } = await app.get('/', undefined, { origin: 'https://web.example.com' });
      const expected = platform === 'express' ? 'X-Total, WWW-Authenticate' : 'WWW-Authenticate';
      expect(headers.get('access-control-expose-headers')).toBe(expected);
    }
  });
});
