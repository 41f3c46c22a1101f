import { Controller, Get, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { Request } from 'express';
import {
  AccessToken,
  JwtAuthModule,
  type JwtAuthOptions,
  OptionalAuth,
} from 'nestjs-access-tokens';
import { ExtractJwt } from 'passport-jwt';
import { platforms, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import {
  audience,
  expectChallenged,
  expectMalformed,
  expectRefused,
} from '../../support/protected-api.js';
import { sendRaw } from '../../support/raw-request.js';

const UNREADABLE = 'The access token cannot be read from the request';

@Controller()
class WhoController {
  @Get()
  who(@AccessToken() token: AccessToken) {
    return { subject: token.subject };
  }

  @Get('optional')
  @OptionalAuth()
  optional(@AccessToken() token?: AccessToken) {
    return { subject: token?.subject ?? null };
  }
}

@Controller('passport')
@UseGuards(AuthGuard('jwt'))
class PassportController {
  @Get()
  who(@AccessToken() token: AccessToken) {
    return { subject: token.subject };
  }
}

const fromCookie = (request: Request): string | undefined =>
  /(?:^|; )at=([^;]*)/.exec(request.headers.cookie ?? '')?.[1];

describe.each(platforms)(
  'a token from elsewhere than the Authorization header, on %s',
  (platform) => {
    let server: AuthorizationServer;
    let token: string;
    const apps: RunningApp[] = [];
    const logger = new MemoryLogger();

    beforeAll(async () => {
      server = await AuthorizationServer.start();
      token = await server.sign({ sub: 'alice' });
    });

    afterEach(async () => {
      logger.lines.length = 0;
      await Promise.all(apps.splice(0).map((app) => app.close()));
    });

    afterAll(() => server.stop());

    async function start(
      jwtFromRequest: JwtAuthOptions['jwtFromRequest'],
      more: Partial<JwtAuthOptions> = {},
    ): Promise<RunningApp> {
      const app = await startApp({
        platform,
        imports: [
          JwtAuthModule.forRoot({ issuer: server.issuer, audience, jwtFromRequest, ...more }),
        ],
        controllers: [WhoController, PassportController],
        configure: (application) => application.useLogger(logger),
      });
      apps.push(app);
      return app;
    }
    const header = ExtractJwt.fromHeader('x-forwarded-access-token');

    it('is taken from a header, and from that one alone', async () => {
      const api = await start(header);
      for (const path of ['/', '/passport']) {
        const there = await api.get(path, undefined, { 'x-forwarded-access-token': token });
        expect(there).toMatchObject({ status: 200, body: { subject: 'alice' } });
        expectChallenged(await api.get(path, token));
        expectChallenged(await api.get(path));
      }
    });

    it('is taken from a cookie, which may be empty', async () => {
      const api = await start(fromCookie);
      const get = (path: string, cookie: string) => api.get(path, undefined, { cookie });
      for (const path of ['/', '/passport']) {
        expect((await get(path, `a=b; at=${token}`)).status).toBe(200);
        expectChallenged(await get(path, 'at='));
        expectChallenged(await get(path, 'b=c'));
        expectRefused(await get(path, 'at=nonsense'));
      }
      expect((await get('/optional', 'at=')).body).toEqual({ subject: null });
      expectRefused(await get('/optional', 'at=nonsense'));
    });

    it('is taken from several places in their order', async () => {
      const api = await start(
        ExtractJwt.fromExtractors([ExtractJwt.fromAuthHeaderAsBearerToken(), header]),
      );
      const other = await server.sign({ sub: 'bob' });
      const there = { 'x-forwarded-access-token': other };
      expect((await api.get('/', undefined, there)).body).toEqual({ subject: 'bob' });
      expect((await api.get('/', token, there)).body).toEqual({ subject: 'alice' });
      expect((await api.get('/', token)).body).toEqual({ subject: 'alice' });
    });

    it('has the same rules to keep', async () => {
      const api = await start(header);
      const bad = {
        [`Bearer ${token}`]: 'The access token is invalid',
        [`${token}, ${token}`]: 'The access token is invalid',
        [`"${token}"`]: 'The access token is invalid',
        [await server.sign({ aud: 'other' })]: 'The access token is meant for another audience',
        [await server.sign({ exp: 1 })]: 'The access token has expired',
      };
      for (const [value, message] of Object.entries(bad)) {
        expectRefused(
          await api.get('/', undefined, { 'x-forwarded-access-token': value }),
          message,
        );
      }
    });

    it('is remembered, and asked about each time', async () => {
      const revoked = new Set<string | undefined>();
      const api = await start(header, { isRevoked: ({ subject }) => revoked.has(subject) });
      const get = () => api.get('/', undefined, { 'x-forwarded-access-token': token });
      for (const _ of [1, 2, 3]) expect((await get()).status).toBe(200);
      revoked.add('alice');
      expectRefused(await get(), 'The access token has been revoked');
    });

    it('and nobody may send two Authorization headers all the same', async () => {
      const api = await start(header);
      const { status } = await sendRaw(api.url, [
        'Authorization: Basic YTpi',
        'Authorization: Basic YTpi',
        `X-Forwarded-Access-Token: ${token}`,
      ]);
      expect(status).toBe(400);
    });

    it.each<[string, () => unknown, string]>([
      [
        'throws',
        () => {
          throw new TypeError(`no ${token}`);
        },
        'threw TypeError. Catch it and log it in the function itself.',
      ],
      ['gives a list', () => [token], 'gave no text, but a value of type object'],
      ['gives an object', () => ({ token }), 'gave no text, but a value of type object'],
      ['gives a number', () => 0, 'gave no text, but a value of type number'],
      ['gives false', () => false, 'gave no text, but a value of type boolean'],
      ['gives a promise', async () => token, 'gave a promise, and has to give the token at once'],
      [
        'gives a promise that fails',
        () => Promise.reject(new Error('late')),
        'gave a promise, and has to give the token at once',
      ],
    ])('lets nobody in where the function %s, and says so once', async (_case, extract, line) => {
      const api = await start(extract as JwtAuthOptions['jwtFromRequest']);
      for (const path of ['/', '/passport', '/optional']) {
        expectMalformed(await api.get(path, token), UNREADABLE);
      }
      const errors = logger.lines.filter((text) => text.startsWith('error'));
      // Nest adds the stack, which is none.
      expect(errors).toEqual([`error [JwtAuthModule] jwtFromRequest ${line} undefined`]);
    });
  },
);
