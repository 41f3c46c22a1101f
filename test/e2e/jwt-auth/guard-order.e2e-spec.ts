import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  HttpException,
  Injectable,
  Module,
  Req,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessToken, JwtAuthGuard, JwtAuthModule } from 'nestjs-access-tokens';
import { type AppParts, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { audience } from '../../support/protected-api.js';

interface RequestWithUser {
  user?: { subject?: string };
}

function requestOf(context: ExecutionContext): RequestWithUser {
  return context.switchToHttp().getRequest<RequestWithUser>();
}

/** Puts the user of the application in the place of the token. */
@Injectable()
class LoadUser implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = requestOf(context);
    if (!request.user) return true;
    request.user = { subject: `local ${request.user.subject}` };
    return true;
  }
}

const LIMIT = 2;

/** Lets each caller in twice. */
class Throttler implements CanActivate {
  private readonly seen = new Map<string, number>();

  canActivate(context: ExecutionContext): boolean {
    const caller = requestOf(context).user?.subject ?? 'nobody';
    const count = (this.seen.get(caller) ?? 0) + 1;
    this.seen.set(caller, count);
    if (count > LIMIT) throw new HttpException('Too many requests', 429);
    return true;
  }
}

/** As @nestjs/throttler calls its own. */
@Injectable()
class ThrottlerGuard extends Throttler {}

@Injectable()
class ThrottleByUser extends Throttler {}

@Controller()
class MeController {
  @Get()
  me(@Req() request: RequestWithUser, @AccessToken() token: AccessToken) {
    return { user: request.user?.subject, subject: token.subject };
  }
}

const loadUser = { provide: APP_GUARD, useClass: LoadUser };

@Module({ providers: [loadUser] })
class UsersModule {}

describe('guards of the whole application', () => {
  let server: AuthorizationServer;
  let api: RunningApp | undefined;
  let logger: MemoryLogger;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });

  afterEach(() => api?.close());
  afterAll(() => server.stop());

  const auth = (protect: 'everything' | 'decorated' = 'everything') =>
    JwtAuthModule.forRoot({ issuer: server.issuer, audience, protect });

  const start = async (parts: Pick<AppParts, 'imports'> & { providers?: object[] }) => {
    logger = new MemoryLogger();
    // A module of its own, as applications have it: the order of modules is what this is about.
    @Module({ ...parts, controllers: [MeController] } as object)
    class AppModule {}
    api = await startApp({ imports: [AppModule], configure: (app) => app.useLogger(logger) });
    return api;
  };
  const warnings = () => logger.lines.filter((line) => line.includes('request.user'));
  const me = async (sub = 'alice') => (await api!.get('/', await server.sign({ sub }))).body;

  it('find the user where JwtAuthGuard is given again before them', async () => {
    const first = { provide: APP_GUARD, useExisting: JwtAuthGuard };
    await start({ imports: [auth()], providers: [first, loadUser] });
    expect(await me()).toEqual({ user: 'local alice', subject: 'alice' });
    expect((await api!.get('/')).status).toBe(401);
    expect(warnings()).toEqual([]);
  });

  it('find the user where their module is imported after this one', async () => {
    await start({ imports: [auth(), UsersModule] });
    expect(await me()).toEqual({ user: 'local alice', subject: 'alice' });
    expect(warnings()).toEqual([]);
  });

  it.each<[string, () => Parameters<typeof start>[0]]>([
    ['beside the import', () => ({ imports: [auth()], providers: [loadUser] })],
    ['in a module that is imported before', () => ({ imports: [UsersModule, auth()] })],
  ])('are warned about where they run first: %s', async (_, parts) => {
    await start(parts());
    expect(await me()).toEqual({ user: 'alice', subject: 'alice' });
    expect(warnings()).toEqual([
      'warn [JwtAuthModule] LoadUser runs before the guard of this module, when request.user is not there yet. If that is needed, put { provide: APP_GUARD, useExisting: JwtAuthGuard } before its APP_GUARD, in the same providers. (see: guards#guards-of-your-own)',
    ]);
  });

  it('are not warned about where nobody is to be found first', async () => {
    await start({ imports: [auth('decorated')], providers: [loadUser] });
    expect(warnings()).toEqual([]);
  });

  it('throttle before anybody is known, by address', async () => {
    await start({
      imports: [auth()],
      providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
    });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await api!.get('/')).status);
    expect(statuses).toEqual([401, 401, 429, 429]);
    expect(warnings()).toEqual([]);
  });

  it('throttle by user, and leave out who has none', async () => {
    await start({
      imports: [auth()],
      providers: [
        { provide: APP_GUARD, useExisting: JwtAuthGuard },
        { provide: APP_GUARD, useClass: ThrottleByUser },
      ],
    });
    const [alice, bob] = [await server.sign({ sub: 'alice' }), await server.sign({ sub: 'bob' })];
    const statuses: number[] = [];
    for (const token of [alice, alice, alice, bob, undefined, undefined, undefined])
      statuses.push((await api!.get('/', token)).status);
    expect(statuses).toEqual([200, 200, 429, 200, 401, 401, 401]);
    expect(warnings()).toEqual([]);
  });
});
