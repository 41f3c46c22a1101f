import {
  type ArgumentsHost,
  Body,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type DynamicModule,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  Param,
  type PipeTransform,
  Post,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import cookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import expressSession, { MemoryStore } from 'express-session';
import {
  InjectTokenClient,
  JwtAuthModule,
  MemoryUserTokenStore,
  runAs,
  SessionUserTokenStore,
  TokenClientModule,
  UserTokenService,
  type UserTokenStore,
} from 'nestjs-access-tokens';
import type { AxiosInstance } from 'axios';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { platforms, startApp, type Platform, type RunningApp } from '../../support/app.js';
import { RecordingServer } from '../../support/recording-server.js';

const SECRET = 'a secret of at least thirty-two characters';

/** Where both kinds of sessions are kept. */
let sessions = new MemoryStore();
/** What was known about the user, in the order of Nest's request lifecycle. */
let seen: string[] = [];

@Injectable()
class Watch {
  constructor(readonly users: UserTokenService) {}

  note(where: string): void {
    seen.push(`${where}: ${this.users.currentUser()?.subject ?? 'nobody'}`);
  }
}

@Injectable()
class WatchGuard implements CanActivate {
  constructor(private readonly watch: Watch) {}

  async canActivate(): Promise<boolean> {
    await new Promise(setImmediate);
    this.watch.note('guard');
    return true;
  }
}

@Injectable()
class WatchInterceptor {
  constructor(private readonly watch: Watch) {}

  intercept(_context: ExecutionContext, next: CallHandler) {
    this.watch.note('interceptor');
    return next.handle();
  }
}

@Injectable()
class WatchPipe implements PipeTransform {
  constructor(private readonly watch: Watch) {}

  async transform(value: unknown): Promise<unknown> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.watch.note('pipe');
    return value;
  }
}

@Catch(RangeError)
@Injectable()
class WatchFilter implements ExceptionFilter {
  constructor(private readonly watch: Watch) {}

  catch(_error: unknown, host: ArgumentsHost): void {
    this.watch.note('filter');
    const reply = host.switchToHttp().getResponse<{
      status(code: number): { send(body: unknown): void };
    }>();
    reply.status(418).send({});
  }
}

@Controller()
@UseGuards(WatchGuard)
@UseInterceptors(WatchInterceptor)
@UseFilters(WatchFilter)
class WatchedController {
  constructor(
    private readonly watch: Watch,
    @InjectTokenClient('mail') private readonly mail: AxiosInstance,
  ) {}

  @Post('watch')
  async handle(@Body(WatchPipe) body: unknown) {
    await new Promise(setImmediate);
    this.watch.note('handler');
    await this.mail.get('/unread');
    return body;
  }

  @Post('fail')
  fail(@Body() _body: unknown): never {
    throw new RangeError('no');
  }

  @Post('sign-in/:user')
  async signIn(@Param('user') user: string) {
    const [header, claims] = [
      '{"alg":"none"}',
      JSON.stringify({ iss: 'https://id', sub: user }),
    ].map((part) => Buffer.from(part).toString('base64url'));
    const tokens = { accessToken: `token-of-${user}`, idToken: `${header}.${claims}.x` };
    return (await this.watch.users.store({ ...tokens, expiresInSeconds: 300 })).subject;
  }

  @Post('keep/:token')
  async keep(@Param('token') accessToken: string) {
    return (await this.watch.users.store({ accessToken, expiresInSeconds: 300 })).subject;
  }

  @Get('session')
  async session() {
    return (await this.watch.users.session()) ?? {};
  }

  @Post('sign-out')
  async signOut() {
    return this.watch.users.revoke();
  }
}

describe.each(platforms)('the current user, with %s', (platform) => {
  let api: RecordingServer;
  let server: AuthorizationServer;
  let running: RunningApp[];

  beforeAll(async () => {
    api = await RecordingServer.start();
    server = await AuthorizationServer.start();
  });

  beforeEach(() => {
    seen = [];
    sessions = new MemoryStore();
    running = [];
    api.requests.length = 0;
  });

  afterEach(() => Promise.all(running.map((app) => app.close())));

  afterAll(() => Promise.all([api.stop(), server.stop()]));

  async function start(userTokenStore: UserTokenStore, imports: DynamicModule[] = []) {
    const app = await startApp({
      platform,
      imports: [
        ...imports,
        TokenClientModule.forRoot({
          issuer: server.issuer,
          clientId: 'client',
          clientSecret: 'secret',
          userTokenStore,
          clients: { mail: { baseURL: api.origin, token: 'user' } },
        }),
      ],
      controllers: [WatchedController],
      providers: [Watch, WatchGuard, WatchInterceptor, WatchPipe, WatchFilter],
      configure: (one) => addSessions(one, platform),
    });
    running.push(app);
    return app;
  }

  const everywhere = (user: string) =>
    ['guard', 'interceptor', 'pipe', 'handler'].map((where) => `${where}: ${user}`);

  /** A browser that keeps its cookie. */
  function browser(app: RunningApp) {
    let jar = '';
    return async (method: string, path: string, body?: object) => {
      const response = await fetch(app.url + path, {
        method,
        headers: { cookie: jar, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      const set = response.headers.get('set-cookie');
      if (set) jar = set.split(';')[0] ?? '';
      const text = await response.text();
      return { status: response.status, text, cookie: decodeURIComponent(set ?? '') };
    };
  }

  describe('of a web session', () => {
    it('is known from the guard to the handler, and in a filter, also after a body was read', async () => {
      const call = browser(await start(new SessionUserTokenStore()));
      const { cookie: set } = await call('POST', '/sign-in/alice');
      expect(set).not.toContain('token-of-alice');
      seen = [];
      expect((await call('POST', '/watch', { hello: 'x'.repeat(100_000) })).status).toBe(201);
      expect(seen).toEqual(everywhere('alice'));
      expect(api.authorizations).toEqual(['Bearer token-of-alice']);
      seen = [];
      expect((await call('POST', '/fail', {})).status).toBe(418);
      expect(seen).toContain('filter: alice');
    });

    it('is not mixed up with another one', async () => {
      const app = await start(new SessionUserTokenStore());
      const names = ['alice', 'bob', 'carol', 'dave'];
      const browsers = names.map((name) => ({ name, call: browser(app) }));
      await Promise.all(browsers.map(({ name, call }) => call('POST', `/sign-in/${name}`)));
      api.requests.length = 0;
      api.respond = ({ headers }) => ({ body: headers.authorization });
      const rounds = Array.from({ length: 10 }, () => browsers).flat();
      await Promise.all(rounds.map(({ name, call }) => call('POST', '/watch', { name })));
      for (const name of names) {
        const own = api.authorizations.filter((header) => header === `Bearer token-of-${name}`);
        expect(own).toHaveLength(10);
      }
      expect(api.requests).toHaveLength(40);
    });

    it('is nobody without a session, and nobody again after signing out', async () => {
      const app = await start(new SessionUserTokenStore());
      const call = browser(app);
      await call('POST', '/watch', {});
      expect(seen).toEqual(everywhere('nobody'));
      await call('POST', '/sign-in/alice');
      expect(JSON.parse((await call('GET', '/session')).text)).toMatchObject({ subject: 'alice' });
      const { text } = await call('POST', '/sign-out');
      expect(JSON.parse(text)).toEqual({ refreshToken: 'none', accessTokens: 'revoked' });
      expect(JSON.parse((await call('GET', '/session')).text)).toEqual({});
      seen = [];
      await call('POST', '/watch', {});
      expect(seen).toEqual(everywhere('nobody'));
    });

    it('is nobody once the session has expired', async () => {
      const call = browser(await start(new SessionUserTokenStore()));
      await call('POST', '/sign-in/alice');
      await new Promise((resolve) => sessions.clear(resolve));
      seen = [];
      expect((await call('POST', '/watch', {})).status).toBe(500);
      expect(seen).toEqual(everywhere('nobody'));
      expect(api.requests).toHaveLength(0);
      await call('POST', '/sign-in/alice');
      expect((await call('POST', '/watch', {})).status).toBe(201);
    });

    it('works with any store', async () => {
      const call = browser(await start(new MemoryUserTokenStore()));
      await call('POST', '/sign-in/alice');
      await call('POST', '/watch', {});
      expect(api.authorizations).toEqual(['Bearer token-of-alice']);
    });

    it('gives way to whoever work is done for', async () => {
      const app = await start(new MemoryUserTokenStore());
      const users = app.app.get(UserTokenService);
      await runAs('bob', async () => {
        expect(users.currentUser()).toEqual({ key: 'bob' });
        await Promise.resolve();
        expect(users.currentUser()).toEqual({ key: 'bob' });
      });
      expect(users.currentUser()).toBeUndefined();
    });
  });

  describe('of an access token', () => {
    it('is whoever the verified token speaks for', async () => {
      const app = await start(new MemoryUserTokenStore(), [
        JwtAuthModule.forRoot({ issuer: server.issuer, audience: 'https://api.example.com' }),
      ]);
      const token = await server.sign({ sub: 'alice', client_id: 'web' });
      const post = (path: string) =>
        fetch(app.url + path, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: '{}',
        });
      await post('/keep/token-of-alice');
      seen = [];
      await post('/watch');
      expect(seen).toEqual(everywhere('alice'));
      expect(api.authorizations).toEqual(['Bearer token-of-alice']);
      // An ID token about somebody else is not kept for whoever sent the request.
      expect((await post('/sign-in/mallory')).status).toBe(500);
      expect((await fetch(`${app.url}/watch`, { method: 'POST' })).status).toBe(401);
    });

    it('is nobody where it speaks for a client', async () => {
      const app = await start(new MemoryUserTokenStore(), [
        JwtAuthModule.forRoot({ issuer: server.issuer, audience: 'https://api.example.com' }),
      ]);
      const token = await server.sign({ sub: 'client', client_id: 'client' });
      await fetch(`${app.url}/watch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
      expect(seen).toContain('guard: nobody');
    });
  });
});

async function addSessions(app: INestApplication, platform: Platform): Promise<void> {
  if (platform === 'express') {
    app.use(
      expressSession({ secret: SECRET, store: sessions, resave: false, saveUninitialized: false }),
    );
    return;
  }
  const fastify = app as NestFastifyApplication;
  await fastify.register(cookie);
  await fastify.register(fastifySession, {
    secret: SECRET,
    store: sessions as never,
    cookie: { secure: false },
    saveUninitialized: false,
  });
}
