import { Controller, Get, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import {
  AccessToken,
  type ClaimsSchema,
  JwtAuthModule,
  type JwtAuthOptions,
  RequireClient,
  RequireUser,
} from 'nestjs-access-tokens';
import { type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { publicPart } from '../../support/forge.js';
import { until } from '../../support/until.js';

const audience = 'https://api.example.com';

@Controller()
class ThingsController {
  @Get()
  any(@AccessToken() token: AccessToken) {
    const { at } = token.claims;
    return { subject: token.subject, at: at instanceof Date ? at.getTime() : at };
  }

  @Get('user')
  @RequireUser()
  user() {
    return {};
  }

  @Get('client')
  @RequireClient()
  client() {
    return {};
  }
}

@Controller('passport')
class PassportController {
  @Get()
  @UseGuards(AuthGuard('jwt'))
  any() {
    return {};
  }
}

describe('what a review once found', () => {
  let server: AuthorizationServer;
  let clock: TestClock;
  const apps: RunningApp[] = [];

  const start = async (options: Partial<JwtAuthOptions>, more = {}): Promise<RunningApp> => {
    const imports = [JwtAuthModule.forRoot({ issuer: server.issuer, audience, clock, ...options })];
    const app = await startApp({
      imports,
      controllers: [ThingsController, PassportController],
      ...more,
    });
    apps.push(app);
    return app;
  };

  const lasting = (claims = {}): Promise<string> =>
    server.sign({ exp: Math.floor(clock.now() / 1000) + 86_400, ...claims });

  const statusOf = async (app: RunningApp, path: string, token: string): Promise<number> =>
    (await app.get(path, token)).status;

  const keeping = (...names: string[]): ClaimsSchema => ({
    '~standard': {
      version: 1,
      validate: (value) => ({
        value: Object.fromEntries(
          Object.entries(value as object).filter(([name]) => names.includes(name)),
        ),
      }),
    },
  });

  beforeEach(async () => {
    clock = new TestClock();
    server = await AuthorizationServer.start();
  });

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await server.stop();
  });

  it('a schema that drops claims makes no user of a client, and no client of a user', async () => {
    const [subOnly, clientOnly] = [
      await start({ claimsSchema: keeping('sub') }),
      await start({ claimsSchema: keeping('client_id') }),
    ];
    const client = await lasting({ sub: 'billing', client_id: 'billing' });
    const user = await lasting({ sub: 'alice', client_id: 'web' });
    expect(await statusOf(subOnly, '/user', client)).toBe(403);
    expect(await statusOf(clientOnly, '/client', user)).toBe(403);
    expect(await statusOf(subOnly, '/user', user)).toBe(200);
  });

  it('a schema that drops claims does not hide them from isRevoked', async () => {
    const api = await start({
      claimsSchema: keeping('sub'),
      isRevoked: ({ claims }) => claims['jti'] === 'gone',
    });
    expect(await statusOf(api, '/', await lasting({ jti: 'gone' }))).toBe(401);
    expect(await statusOf(api, '/', await lasting({ jti: 'here' }))).toBe(200);
  });

  it('what a schema makes of claims stays what it is', async () => {
    const validate = (value: unknown) => ({
      value: { ...(value as object), at: new Date(5), bytes: new Uint8Array(2) },
    });
    const api = await start({ claimsSchema: { '~standard': { version: 1, validate } } });
    expect((await api.get('/', await lasting({ sub: 'alice' }))).body).toEqual({
      subject: 'alice',
      at: 5,
    });
  });

  it('a refusal that comes after the answer harms nobody', async () => {
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    let refused = 0;
    const rejections: unknown[] = [];
    const note = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', note);
    const api = await start(
      { warmUp: 'lazy', protect: 'decorated', onFailure: () => (refused += 1) },
      {
        configure: (app: { use(middleware: (...args: never[]) => void): void }) =>
          app.use(
            (
              _request: unknown,
              response: { status(code: number): { end(): void } },
              next: () => void,
            ) => {
              next();
              setImmediate(() => response.status(503).end());
            },
          ),
      },
    );
    server.intercept = (kind, _request, response) =>
      kind === 'jwks' && held.then(() => void response.writeHead(500).end()).then(() => true);
    const answer = await fetch(`${api.url}/passport`, {
      headers: { authorization: `Bearer ${await lasting()}` },
    });
    letGo();
    await until(() => refused === 1);
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    expect(answer.status).toBe(503);
    expect(rejections).toEqual([]);
  });

  it('a clock that is set back locks nobody out after a failure', async () => {
    clock.advance({ minutes: 60 });
    await server.stop();
    const api = await start({ warmUp: 'lazy' });
    const token = await lasting();
    expect(await statusOf(api, '/', token)).toBe(503);
    await server.start();
    clock.advance({ minutes: -60 });
    expect(await statusOf(api, '/', await server.sign())).toBe(200);
  });

  it('a clock that is set back does not keep a removed key', async () => {
    clock.advance({ minutes: 60 });
    const api = await start({});
    const token = await lasting({ iat: undefined });
    expect(await statusOf(api, '/', token)).toBe(200);
    await server.rotateKey({ keepOld: false });
    clock.advance({ minutes: -60 });
    await statusOf(api, '/', token);
    await until(() => server.requests.jwks === 2);
    // One more that is good shows that the new set has been taken in.
    expect(await statusOf(api, '/', await lasting({ iat: undefined }))).toBe(200);
    expect(await statusOf(api, '/', token)).toBe(401);
  });

  it('a clock that gives no time lets nobody in', async () => {
    const broken = { now: () => Number.NaN };
    const app = await start({ clock: broken, publicKey: publicPart(server.signingKey) });
    expect(await statusOf(app, '/', await server.sign({ exp: 1_000 }))).toBe(401);
    expect(await statusOf(app, '/', await server.sign())).toBe(401);
  });

  it('an issuer that resolveIssuer takes back is trusted for ten minutes at most', async () => {
    const known = new Set([server.issuer]);
    let asked = 0;
    const api = await start({
      issuer: undefined,
      resolveIssuer: (issuer) => {
        asked += 1;
        return known.has(issuer) ? { issuer } : undefined;
      },
    });
    const token = await lasting();
    for (let i = 0; i < 3; i += 1) expect(await statusOf(api, '/', token)).toBe(200);
    clock.advance({ minutes: 11 });
    expect(await statusOf(api, '/', token)).toBe(200);
    expect([asked, server.requests.discovery]).toEqual([2, 1]);
    known.clear();
    clock.advance({ minutes: 11 });
    expect(await statusOf(api, '/', token)).toBe(401);
  });

  it('a token that no issuer could make good asks nobody for its issuer', async () => {
    const asked: string[] = [];
    const api = await start({
      issuer: undefined,
      resolveIssuer: (issuer) => {
        asked.push(issuer);
        return undefined;
      },
    });
    const hopeless = [
      await server.sign({ iss: 'https://a.example.com', exp: 1_000 }),
      await server.sign({ iss: 'https://b.example.com' }, { typ: 'id+jwt' }),
    ];
    for (const token of hopeless) expect(await statusOf(api, '/', token)).toBe(401);
    expect(asked).toEqual([]);
  });

  it('an application may start again on the HTTP instance of one that has ended', async () => {
    const instance: unknown = new ExpressAdapter().getInstance();
    for (let i = 0; i < 2; i += 1) {
      const module = await Test.createTestingModule({
        imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience })],
      }).compile();
      const app = module.createNestApplication(new ExpressAdapter(instance));
      app.useLogger(false);
      await app.init();
      await app.close();
    }
  });

  it('two entries for one issuer are a fault', async () => {
    const issuers = [server.issuer, { issuer: server.issuer, audience: 'b' }];
    await expect(start({ issuer: undefined, issuers })).rejects.toThrow('is in it twice');
  });

  it('an application of Microsoft Entra is no user, though its token has no idtyp', async () => {
    const api = await start({});
    const token = await lasting({
      sub: 'o-1',
      oid: 'o-1',
      client_id: undefined,
      appid: 'a-1',
      roles: ['r'],
    });
    expect(await statusOf(api, '/user', token)).toBe(403);
    expect(await statusOf(api, '/client', token)).toBe(200);
  });
});
