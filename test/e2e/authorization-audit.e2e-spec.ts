import { Controller, Get, Post, UseGuards, Version } from '@nestjs/common';
import {
  AccessAudit,
  ConfigurationError,
  JwtAuthGuard,
  JwtAuthModule,
  type JwtAuthOptions,
  OptionalAuth,
  Public,
  RequireAnyScope,
  RequireClaim,
  RequireClient,
  RequirePermission,
  RequireRole,
  RequireScope,
  RequireUser,
} from 'nestjs-access-tokens';
import { type AppParts, platforms, type RunningApp, startApp } from '../support/app.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { audience } from '../support/protected-api.js';

@Controller('orders')
@RequireScope('orders.read')
class OrdersController {
  @Get()
  list() {}

  @Post(['', 'batch'])
  @RequireAnyScope('orders.write', 'orders.admin')
  @RequireUser()
  create() {}

  @Get('health')
  @Public()
  health() {}

  @Get('greeting')
  @OptionalAuth()
  greeting() {}

  /** No route. */
  helper() {}
}

@Controller(['special', 'v2/special/'])
class SpecialOrdersController extends OrdersController {
  @Get('own')
  @RequireRole('a', 'b')
  @RequirePermission('c')
  @RequireClaim('org', 'acme')
  @RequireClient()
  @RequireScope(() => 'x')
  own() {}
}

@Controller('plain')
class PlainController {
  @Get()
  undecided() {}

  @Get('also')
  @Version('2')
  alsoUndecided() {}

  @Get('token')
  @UseGuards(JwtAuthGuard)
  token() {}
}

const controllers = [OrdersController, SpecialOrdersController, PlainController];
const options = { issuer: 'http://127.0.0.1:1', audience };

function start(
  more: Partial<JwtAuthOptions>,
  parts: AppParts = { controllers },
): Promise<RunningApp> {
  return startApp({ imports: [JwtAuthModule.forRoot({ ...options, ...more })], ...parts });
}

describe.each(platforms)('the audit on %s', (platform) => {
  it('lists every route with its rule', async () => {
    const app = await start({ requiredScopes: 'api' }, { platform, controllers });
    const { routes } = app.app.get(AccessAudit);
    await app.close();
    expect(
      routes.map(
        ({ method, path, controller, handler, rule }) =>
          `${method} ${path} ${controller}.${handler}: ${rule}`,
      ),
    ).toEqual([
      'GET /orders OrdersController.list: scope api, scope orders.read',
      'POST /orders OrdersController.create: scope api, scope orders.read, scope orders.write or orders.admin, a user',
      'POST /orders/batch OrdersController.create: scope api, scope orders.read, scope orders.write or orders.admin, a user',
      'GET /orders/health OrdersController.health: public',
      'GET /orders/greeting OrdersController.greeting: no token, or scope api, scope orders.read',
      ...['special', 'v2/special'].map(
        (prefix) =>
          `GET /${prefix}/own SpecialOrdersController.own: scope api, scope orders.read, scopes that depend on the request, a client, claim org, permission c, role a and b`,
      ),
      ...['special', 'v2/special'].flatMap((prefix) => [
        `GET /${prefix} SpecialOrdersController.list: scope api, scope orders.read`,
      ]),
      ...['special', 'v2/special'].flatMap((prefix) =>
        ['', '/batch'].map(
          (path) =>
            `POST /${prefix}${path} SpecialOrdersController.create: scope api, scope orders.read, scope orders.write or orders.admin, a user`,
        ),
      ),
      ...['special', 'v2/special'].map(
        (prefix) => `GET /${prefix}/health SpecialOrdersController.health: public`,
      ),
      ...['special', 'v2/special'].map(
        (prefix) =>
          `GET /${prefix}/greeting SpecialOrdersController.greeting: no token, or scope api, scope orders.read`,
      ),
      'GET /plain PlainController.undecided: scope api',
      'GET /plain/also PlainController.alsoUndecided: scope api',
      'GET /plain/token PlainController.token: scope api',
    ]);
    expect(routes.filter(({ decided }) => !decided).map(({ handler }) => handler)).toEqual([
      'undecided',
      'alsoUndecided',
    ]);
    expect(routes[0]).toMatchObject({ access: 'required', scopes: ['api', 'orders.read'] });
    expect(Object.isFrozen(routes)).toBe(true);
  });

  it('says in one line of the log how the routes are protected', async () => {
    const logger = new MemoryLogger();
    const app = await start({}, { platform, controllers, configure: (a) => a.useLogger(logger) });
    await app.close();
    expect(logger.lines.filter((line) => line.includes('[JwtAuthModule]'))).toContain(
      'log [JwtAuthModule] Access to 20 routes: 14 required, 3 optional, 3 public; 2 undecided',
    );
  });

  it('fails the start with strictCoverage on handlers that nobody has decided about', async () => {
    const failing = start({ strictCoverage: true }, { platform, controllers });
    await expect(failing).rejects.toBeInstanceOf(ConfigurationError);
    await expect(failing).rejects.toMatchObject({
      faults: [
        'strictCoverage: PlainController.undecided (GET /plain) has no decorator, and neither has its class. Decide: @Public(), @OptionalAuth(), a @Require... decorator, or @UseGuards(JwtAuthGuard) where any valid token will do.',
        'strictCoverage: PlainController.alsoUndecided (GET /plain/also) has no decorator, and neither has its class. Decide: @Public(), @OptionalAuth(), a @Require... decorator, or @UseGuards(JwtAuthGuard) where any valid token will do.',
      ],
    });
  });

  it('starts with strictCoverage when every handler is decided, also by a class that it inherits', async () => {
    const parts = { platform, controllers: [OrdersController, SpecialOrdersController] };
    const app = await start({ strictCoverage: true }, parts);
    expect((await app.get('/special')).status).toBe(401);
    await app.close();
  });
});

describe('the audit', () => {
  it("tells with protect: 'decorated' which routes are not guarded at all", async () => {
    const app = await start({ protect: 'decorated' });
    const { routes } = app.app.get(AccessAudit);
    await app.close();
    const plain = routes.filter(({ controller }) => controller === 'PlainController');
    expect(plain.map(({ handler, access, rule }) => [handler, access, rule])).toEqual([
      ['undecided', 'unguarded', 'not guarded'],
      ['alsoUndecided', 'unguarded', 'not guarded'],
      ['token', 'required', 'any valid token'],
    ]);
  });

  it('sees through guards on the class, and through the classes that it extends', async () => {
    @Controller('guarded')
    @UseGuards(JwtAuthGuard)
    class GuardedController {
      @Get()
      get() {}
    }
    @Controller('extended')
    class ExtendedController extends GuardedController {}
    const app = await start(
      { protect: 'decorated', strictCoverage: true },
      { controllers: [GuardedController, ExtendedController] },
    );
    const statuses = [(await app.get('/guarded')).status, (await app.get('/extended')).status];
    await app.close();
    expect(statuses).toEqual([401, 401]);
  });

  it('names controllers that have no path and no routes without harm', async () => {
    @Controller()
    class RootController {
      @Get('/a//b/')
      @Public()
      odd() {}
    }
    @Controller('none')
    class EmptyController {}
    const app = await start({}, { controllers: [RootController, EmptyController] });
    const { routes } = app.app.get(AccessAudit);
    await app.close();
    expect(routes.map(({ path }) => path)).toEqual(['/a/b']);
  });
});
