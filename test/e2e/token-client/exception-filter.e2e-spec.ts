import { Catch, Controller, Get, HttpException, Inject } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import {
  AccessTokenExceptionFilter,
  getTokenClientToken,
  JwtAuthModule,
  ReauthenticationRequiredError,
  SessionUserTokenStore,
  TokenClientModule,
  type TokenClientOptions,
} from 'nestjs-access-tokens';
import { platforms, startApp, type RunningApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { answering, json, status } from '../../support/hostile-answers.js';
import { startLoginApp, type LoginApp, type LoginAppParts } from '../../support/login-app.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { RecordingServer } from '../../support/recording-server.js';
import { signIn } from '../../support/sign-in.js';
import { TestBrowser } from '../../support/test-browser.js';

const UPSTREAM = 'words of the upstream';
const failing = () => Promise.reject(new Error(UPSTREAM));

@Controller()
class Calls {
  constructor(@Inject(getTokenClientToken('next')) private readonly next: AxiosInstance) {}

  @Get('call')
  async call(): Promise<unknown> {
    return (await this.next.get('/')).data;
  }

  @Get('teapot')
  teapot(): never {
    throw new HttpException('short and stout', 418);
  }

  @Get('bug')
  bug(): never {
    throw new TypeError(UPSTREAM);
  }
}

describe.each(platforms)('what went wrong elsewhere, answered with %s', (platform) => {
  let server: AuthorizationServer;
  let next: RecordingServer;
  let token: string;
  let app: RunningApp | undefined;
  let loginApp: LoginApp | undefined;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    next = await RecordingServer.start();
    token = (await signIn(server, { scope: 'openid api1' })).accessToken;
  });

  beforeEach(() => {
    server.clear();
    server.forgetUsers();
    next.respond = () => ({ body: {} });
  });

  afterEach(async () => {
    await Promise.all([app?.close(), loginApp?.close()]);
    app = loginApp = undefined;
  });

  afterAll(() => Promise.all([server.stop(), next.stop()]));

  describe('without UserLoginModule', () => {
    async function start(more: Partial<TokenClientOptions>, timeoutMs?: number) {
      app = await startApp({
        platform,
        imports: [
          JwtAuthModule.forRoot({ issuer: server.issuer, audience: 'https://api.example.com' }),
          TokenClientModule.forRoot({
            issuer: server.issuer,
            clientId: 'api',
            clientSecret: 'api-secret',
            backchannel: { retries: 0, timeoutMs },
            clients: { next: { baseURL: next.origin, ...more } },
          }),
        ],
        controllers: [Calls],
        providers: [{ provide: APP_FILTER, useClass: AccessTokenExceptionFilter } as never],
      });
      return app;
    }

    it.each(['invalid_grant', 'interaction_required'])(
      'tells the caller that its token is not taken for an exchange: %s',
      async (error) => {
        const { get } = await start({ token: 'exchange' });
        server.intercept = answering({
          token: json({ error, error_description: UPSTREAM }, 400),
        });
        const answer = await get('/call', token);
        expect(answer.status).toBe(401);
        expect(answer.challenge).toBe('Bearer error="invalid_token"');
        expect(answer.headers.get('cache-control')).toBe('no-store');
        expect(answer.body).toEqual({
          statusCode: 401,
          error: 'Unauthorized',
          message: 'The access token is not accepted. Please get a new one.',
        });
      },
    );

    it('says when to come back where there is no token to be had', async () => {
      const { get } = await start({});
      server.intercept = answering({ token: status(503) });
      const answer = await get('/call', token);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(answer.challenge).toBeNull();
    });

    it('says that too where the server refuses this application', async () => {
      const { get, app: nest } = await start({});
      const logger = new MemoryLogger();
      nest.useLogger(logger);
      const words = `${UPSTREAM} ${'x'.repeat(400)}`;
      server.intercept = answering({
        token: json({ error: 'invalid_client', error_description: words }, 400),
      });
      const answer = await get('/call', token);
      // However long the line, it does not lose the page that says more.
      expect(logger.lines.filter((line) => line.startsWith('error '))).toEqual([
        expect.stringMatching(
          / 503: Client 'next' [^#]*… \(see: errors#token_request_failed\) undefined$/,
        ),
      ]);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('30');
      expect(JSON.stringify(answer.body)).not.toContain(UPSTREAM);
      expect(JSON.stringify(answer.body)).not.toContain('see:');
    });

    it.each([
      [403, { 'www-authenticate': 'Bearer error="insufficient_scope", scope="more"' }],
      [500, {}],
      [404, {}],
      [401, {}],
    ])('says that an API refused, which answered %i', async (code, headers) => {
      const { get } = await start({});
      next.respond = () => ({ status: code, headers, body: UPSTREAM });
      const answer = await get('/call', token);
      expect(answer.status).toBe(502);
      expect(answer.challenge).toBeNull();
      expect(answer.body).toEqual({
        statusCode: 502,
        error: 'Bad Gateway',
        message: 'Something that is needed for this did not do its part.',
      });
    });

    it('says so where nobody is there whose token could be sent', async () => {
      const { get } = await start({ token: 'user' });
      const answer = await get('/call', token, { accept: 'text/html' });
      expect(answer.status).toBe(401);
      expect(answer.challenge).toBe('Bearer');
    });

    it.each<[string, Partial<TokenClientOptions>]>([
      ['the token of an actor throws', { exchange: { actorToken: failing } }],
      ['the token of an actor is none', { exchange: { actorToken: () => '' } }],
      [
        'the token of an actor never comes',
        { exchange: { actorToken: () => new Promise(() => {}) } },
      ],
      ['customizeTokenRequest gives nothing', { customizeTokenRequest: () => undefined as never }],
      [
        'customizeTokenRequest never answers',
        { customizeTokenRequest: () => new Promise(() => {}) },
      ],
    ])('says when to come back where %s', async (_what, options) => {
      const { get, app: nest } = await start({ token: 'exchange', ...options }, 50);
      const logger = new MemoryLogger();
      nest.useLogger(logger);
      const answer = await get('/call', token);
      const said = logger.lines.filter((line) => line.startsWith('error '));
      expect(said).toEqual([
        expect.stringMatching(
          / 503: Client 'next' cannot ask for a token like this: - \w+[.:][^#]*\. \(see: errors#invalid_token_options\) undefined$/,
        ),
      ]);
      expect(said.join()).not.toContain(UPSTREAM);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(JSON.stringify(answer.body)).not.toContain(UPSTREAM);
      expect(server.requests.token).toBe(0);
    });

    it('leaves the rest to Nest', async () => {
      const { get } = await start({});
      expect((await get('/teapot', token)).status).toBe(418);
      const bug = await get('/bug', token);
      expect(bug.status).toBe(500);
      expect(bug.body).toEqual({ statusCode: 500, message: 'Internal server error' });
    });
  });

  describe('with UserLoginModule', () => {
    let clock: TestClock;

    async function start(parts: Partial<LoginAppParts> = {}) {
      clock = new TestClock();
      loginApp = await startLoginApp({
        platform,
        server,
        ...parts,
        clients: {
          clock,
          userTokenStore: new SessionUserTokenStore(),
          clients: { next: { baseURL: next.origin, token: 'user' } },
          ...parts.clients,
        },
      });
      const { url } = loginApp;
      const browser = new TestBrowser();
      const open = async (path: string, headers = {}) => {
        const page = await browser.get(url + path, { headers, followRedirects: false });
        return { status: page.status, location: page.headers.location, body: page.body };
      };
      const enter = async () => {
        await browser.get(`${url}/auth/login`);
        await browser.signIn('alice');
      };
      return { url, open, enter };
    }

    const withCalls: Partial<LoginAppParts> = {
      imports: [{ module: class CallsModule {}, controllers: [Calls] }],
    };

    it('leads a page to the sign-in, and tells anything else', async () => {
      const { url, open, enter } = await start(withCalls);
      const login = `${url}/auth/login?returnTo=%2Fcall%3Fa%3D1`;
      expect(await open('/call?a=1')).toMatchObject({ status: 302, location: login });
      await enter();
      expect((await open('/call?a=1')).status).toBe(200);
      server.intercept = answering({ token: json({ error: 'invalid_grant' }, 400) });
      clock.advance({ seconds: 3601 });
      const xhr = { 'sec-fetch-mode': 'cors', accept: '*/*' };
      expect(await open('/call?a=1', xhr)).toMatchObject({
        status: 401,
        body: JSON.stringify({
          statusCode: 401,
          error: 'Unauthorized',
          message: 'Please sign in first.',
        }),
      });
      expect(await open('/call?a=1')).toMatchObject({ status: 302, location: login });
      expect((await open('/profile')).status).toBe(302);
    });

    it('counts a session without any token and without a refresh token as ended', async () => {
      const { url, open, enter } = await start({
        ...withCalls,
        login: { scope: 'profile api1' },
        registration: { grant_types: ['authorization_code'] },
      });
      await enter();
      expect((await open('/profile')).status).toBe(200);
      clock.advance({ seconds: 3601 });
      const location = `${url}/auth/login?returnTo=%2F`;
      expect(await open('/profile')).toMatchObject({
        status: 302,
        location: `${location}profile`,
      });
      expect(await open('/call')).toMatchObject({ status: 302, location: `${location}call` });
      expect((await open('/profile', { 'sec-fetch-mode': 'cors' })).status).toBe(401);
    });

    it('sends nobody in circles whom signing in does not help', async () => {
      const { open, enter } = await start({
        ...withCalls,
        clients: { clients: { next: { baseURL: next.origin, token: 'exchange' } } },
      });
      expect((await open('/call')).status).toBe(302);
      await enter();
      expect((await open('/call')).status).toBe(401);
    });

    it('steps back behind the filters of the application', async () => {
      @Catch(ReauthenticationRequiredError, Error)
      class Own implements ExceptionFilter {
        constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

        catch(_error: unknown, host: ArgumentsHost): void {
          this.host.httpAdapter.reply(host.switchToHttp().getResponse(), 'own', 499);
        }
      }
      class OwnModule {}
      const { open } = await start({
        imports: [
          {
            module: OwnModule,
            controllers: [Calls],
            providers: [{ provide: APP_FILTER, useClass: Own }],
          },
        ],
      });
      expect((await open('/call')).status).toBe(499);
    });
  });
});
