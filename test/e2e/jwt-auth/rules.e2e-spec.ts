import { type CanActivate, Controller, Get, Module, UseGuards } from '@nestjs/common';
import {
  AccessToken,
  JwtAuthGuard,
  JwtAuthModule,
  type JwtAuthOptions,
  OptionalAuth,
  Public,
  RequireAnyScope,
  RequireScope,
} from 'nestjs-access-tokens';
import { type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';

const audience = 'https://api.example.com';

@Controller('class')
@RequireScope('read')
class ScopedController {
  @Get()
  inherited() {
    return { ok: true };
  }

  @Get('write')
  @RequireScope('write')
  write() {
    return { ok: true };
  }

  @Get('twice')
  @RequireScope('write')
  @RequireAnyScope('red', 'blue')
  twice() {
    return { ok: true };
  }

  @Get('public')
  @Public()
  open() {
    return { ok: true };
  }

  @Get('optional')
  @OptionalAuth()
  optional(@AccessToken() token?: AccessToken) {
    return { subject: token?.subject ?? null };
  }
}

@Controller('sub')
@RequireScope('sub')
class SubController extends ScopedController {}

@Controller('open')
@Public()
class OpenController {
  @Get()
  open() {
    return { ok: true };
  }

  @Get('closed')
  @RequireScope('read')
  closed() {
    return { ok: true };
  }
}

@Controller('plain')
class PlainController {
  @Get()
  plain(@AccessToken() token?: AccessToken) {
    return { subject: token?.subject ?? null };
  }

  @Get('guarded')
  @UseGuards(JwtAuthGuard)
  guarded(@AccessToken() token: AccessToken) {
    return { subject: token.subject };
  }
}

@Module({ controllers: [ScopedController, SubController, OpenController, PlainController] })
class FeatureModule {}

describe('the rules of a protected API', () => {
  let server: AuthorizationServer;
  let api: RunningApp;
  let options: JwtAuthOptions;

  const start = (more: Partial<JwtAuthOptions>): Promise<RunningApp> =>
    startApp({ imports: [JwtAuthModule.forRoot({ ...options, ...more }), FeatureModule] });

  const statusOf = async (path: string, scope?: string, app = api): Promise<number> => {
    const token = scope === undefined ? undefined : await server.sign({ scope });
    return (await app.get(path, token)).status;
  };

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    options = { issuer: server.issuer, audience };
    api = await start({});
  });

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  it('denies by default: a handler without any decorator needs a token', async () => {
    expect(await statusOf('/plain')).toBe(401);
    expect(await statusOf('/plain', '')).toBe(200);
  });

  it('applies the scope of a controller to all of its handlers', async () => {
    expect(await statusOf('/class', 'write')).toBe(403);
    expect(await statusOf('/class', 'read')).toBe(200);
  });

  it('adds the scope of a handler to that of its controller', async () => {
    expect(await statusOf('/class/write', 'read')).toBe(403);
    expect(await statusOf('/class/write', 'write')).toBe(403);
    expect(await statusOf('/class/write', 'read write')).toBe(200);
  });

  it('adds up several decorators of one handler', async () => {
    expect(await statusOf('/class/twice', 'read write')).toBe(403);
    expect(await statusOf('/class/twice', 'read red')).toBe(403);
    expect(await statusOf('/class/twice', 'read write blue')).toBe(200);
  });

  it('names in the challenge what class and handler ask for together', async () => {
    const { challenge } = await api.get('/class/twice', await server.sign({ scope: 'read' }));
    expect(challenge).toContain('scope="read red blue write"');
  });

  it('lets the handler beat its class where @Public() and a scope meet', async () => {
    expect(await statusOf('/class/public')).toBe(200);
    expect(await statusOf('/open')).toBe(200);
    expect(await statusOf('/open/closed')).toBe(401);
    expect(await statusOf('/open/closed', 'other')).toBe(403);
    expect(await statusOf('/open/closed', 'read')).toBe(200);
  });

  it('asks the scope of the class from a token that comes to an @OptionalAuth() handler', async () => {
    expect(await statusOf('/class/optional')).toBe(200);
    expect(await statusOf('/class/optional', 'other')).toBe(403);
    expect(await statusOf('/class/optional', 'read')).toBe(200);
  });

  it('adds the rules of a controller to those of the controller it extends', async () => {
    expect(await statusOf('/sub', 'read')).toBe(403);
    expect(await statusOf('/sub', 'sub')).toBe(403);
    expect(await statusOf('/sub', 'read sub')).toBe(200);
    expect(await statusOf('/class', 'read')).toBe(200);
  });

  it('sets a scope for the whole application, which public handlers do not need', async () => {
    const app = await start({ requiredScopes: ['tenant'] });
    const statuses = await Promise.all([
      statusOf('/plain', 'read', app),
      statusOf('/plain', 'tenant', app),
      statusOf('/class', 'read', app),
      statusOf('/class', 'read tenant', app),
      statusOf('/open', undefined, app),
      statusOf('/class/optional', undefined, app),
      statusOf('/class/optional', 'read', app),
    ]);
    await app.close();
    expect(statuses).toEqual([403, 200, 403, 200, 200, 200, 403]);
  });

  it("leaves handlers without a decorator alone with protect: 'decorated'", async () => {
    const app = await start({ protect: 'decorated' });
    const statuses = await Promise.all([
      statusOf('/plain', undefined, app),
      statusOf('/plain/guarded', undefined, app),
      statusOf('/plain/guarded', '', app),
      statusOf('/class', undefined, app),
      statusOf('/class', 'read', app),
      statusOf('/class/public', undefined, app),
      statusOf('/open/closed', undefined, app),
    ]);
    const plain = await app.get('/plain', await server.sign({ sub: 'alice' }));
    await app.close();
    expect(statuses).toEqual([200, 401, 200, 401, 200, 200, 401]);
    expect(plain.body).toEqual({ subject: null });
  });

  it('reads the scopes from the claims that scopeClaims names, the first one present', async () => {
    const app = await start({ scopeClaims: ['permissions', 'scope'] });
    const statuses = await Promise.all(
      [
        { permissions: ['read'] },
        { scope: 'read' },
        { permissions: [], scope: 'read' },
        { scp: 'read' },
      ].map(async (claims) => (await app.get('/class', await server.sign(claims))).status),
    );
    await app.close();
    expect(statuses).toEqual([200, 200, 403, 403]);
  });

  it('verifies a token once, however many guards a request meets', async () => {
    const seen: unknown[] = [];
    class SpyGuard implements CanActivate {
      canActivate(): boolean {
        seen.push('between');
        return true;
      }
    }
    @Controller('many')
    @RequireScope('read')
    @UseGuards(SpyGuard)
    class ManyController {
      @Get()
      @RequireScope('write')
      many(@AccessToken() token: AccessToken) {
        return { subject: token.subject };
      }
    }
    const app = await startApp({
      imports: [JwtAuthModule.forRoot(options)],
      controllers: [ManyController],
    });
    const answer = await app.get('/many', await server.sign({ sub: 'bob', scope: 'read write' }));
    await app.close();
    expect(answer).toMatchObject({ status: 200, body: { subject: 'bob' } });
    expect(seen).toEqual(['between']);
  });

  it('guards a second application in the same process by its own options', async () => {
    const other = await start({ audience: 'https://other.example.com' });
    const token = await server.sign({});
    const statuses = [
      (await api.get('/plain', token)).status,
      (await other.get('/plain', token)).status,
    ];
    await other.close();
    expect(statuses).toEqual([200, 401]);
  });
});

describe('decorators', () => {
  it.each([
    [
      '@RequireScope()',
      () => RequireScope(),
      "@RequireScope() names no scope: write @RequireScope('orders.read')",
    ],
    [
      "@RequireScope('a b')",
      () => RequireScope('a b'),
      `@RequireScope(): "a b" is not one scope: write @RequireScope('a', 'b') for two`,
    ],
    ["@RequireAnyScope('')", () => RequireAnyScope(''), '@RequireAnyScope(): "" is not one scope'],
  ])('%s is refused when the class is defined', (_, decorate, message) => {
    expect(decorate).toThrow(message);
  });

  it('that contradict each other on one handler are refused when the class is defined', () => {
    const define = (): unknown => {
      class Contradiction {
        @Public()
        @RequireScope('a')
        handler() {}
      }
      return Contradiction;
    };
    expect(define).toThrow('handler has decorators that contradict each other');
  });
});
