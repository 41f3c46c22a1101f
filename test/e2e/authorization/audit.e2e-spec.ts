import {
  All,
  Controller,
  Get,
  type INestApplication,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type ModuleMetadata,
  type NestModule,
  type OnModuleInit,
  Post,
  RequestMethod,
  UseGuards,
  Version,
  VERSION_NEUTRAL,
  type VersioningOptions,
  VersioningType,
} from '@nestjs/common';
import {
  APP_GUARD,
  ApplicationConfig,
  HttpAdapterHost,
  NestFactory,
  RouterModule,
} from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import express, { type Request } from 'express';
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
import { type AppParts, platforms, type RunningApp, startApp } from '../../support/app.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { audience } from '../../support/protected-api.js';

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
    expect(routes.filter(({ declared }) => !declared).map(({ handler }) => handler)).toEqual([
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
      'log [JwtAuthModule] Access to 20 routes: 14 required, 3 optional, 3 public; 2 without an access decorator',
    );
  });

  it('fails the start with strictCoverage on handlers that nobody has decided about', async () => {
    const failing = start({ strictCoverage: true }, { platform, controllers });
    await expect(failing).rejects.toBeInstanceOf(ConfigurationError);
    await expect(failing).rejects.toMatchObject({
      problems: [
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

describe.each(platforms)('what the HTTP adapter serves past every guard on %s', (platform) => {
  @Controller('orders')
  class Orders {
    @Get(':id')
    one() {}

    @Get(platform === 'fastify' ? 'all/*' : 'all/*rest')
    rest() {}

    @All('any/:id')
    any() {}
  }

  @Module({ controllers: [Orders] })
  class WithMiddleware implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      const pass = (_request: unknown, _response: unknown, next: () => void) => next();
      consumer
        .apply(pass)
        .forRoutes(Orders, { path: 'metrics-of-nest', method: RequestMethod.GET });
      consumer.apply(pass).forRoutes({ path: '*path', method: RequestMethod.ALL });
    }
  }

  type Adapter = Record<'get' | 'post', (path: string, handler: () => unknown) => unknown>;

  async function warningsOf(
    put: (app: INestApplication, adapter: Adapter) => unknown,
    more: Partial<JwtAuthOptions> = {},
    imports: ModuleMetadata['imports'] = [],
  ): Promise<string[]> {
    const logger = new MemoryLogger();
    const jwtAuth = JwtAuthModule.forRoot({ ...options, ...more });
    const root = { module: class {}, imports: [WithMiddleware, ...imports, jwtAuth] };
    const app = await (platform === 'fastify'
      ? NestFactory.create(root, new FastifyAdapter(), { logger })
      : NestFactory.create(root, { logger }));
    app.enableCors();
    app.setGlobalPrefix('api', { exclude: ['metrics'] });
    app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' });
    await put(app, app.getHttpAdapter());
    await app.listen(0, '127.0.0.1');
    await app.close();
    const begin =
      'warn [JwtAuthModule] No guard of Nest is asked for what is put on the HTTP adapter: ';
    return logger.lines
      .filter((line) => line.startsWith(begin))
      .map((line) => line.slice(begin.length));
  }

  const answer = () => 'open';
  const advice =
    '. Make controllers of it, or put middleware before it that lets in only who may. See "What protect: \'everything\' does not reach" in docs/transports.md.';

  it('is told once at start, and nothing that Nest put there', async () => {
    expect(await warningsOf(() => undefined)).toEqual([]);
    @Injectable()
    class Late implements OnModuleInit {
      constructor(private readonly host: HttpAdapterHost) {}

      onModuleInit(): void {
        const adapter: Adapter = this.host.httpAdapter;
        adapter.post('/late\r\nlines', answer);
      }
    }
    const put = (_: unknown, adapter: Adapter) => adapter.get('/metrics', answer);
    const late = { module: class {}, providers: [Late] };
    expect(await warningsOf(put, {}, [late])).toEqual([
      `GET /metrics, POST /late\\u{d}\\u{a}lines${advice}`,
    ]);
    const decorated = { protect: 'decorated' as const };
    expect(await warningsOf(put, decorated)).toEqual([]);
  });

  it('is told with strictCoverage', async () => {
    const put = (_: unknown, adapter: Adapter) => adapter.get('/metrics', answer);
    const strict = { protect: 'decorated' as const, strictCoverage: true };
    const root = { module: class {}, controllers: [] };
    @Controller('decided')
    @Public()
    class Decided {
      @Get()
      get() {}
    }
    const logger = new MemoryLogger();
    const app = await startApp({
      platform,
      imports: [root, JwtAuthModule.forRoot({ ...options, ...strict })],
      controllers: [Decided],
      configure: (nest) => {
        nest.useLogger(logger);
        // Fastify tells of routes once the module looks, which is when tests begin to initialise it.
        if (platform === 'express') put(nest, nest.getHttpAdapter());
      },
    });
    await app.close();
    expect(logger.lines.filter((line) => line.includes('GET /metrics'))).toHaveLength(
      platform === 'express' ? 1 : 0,
    );
  });

  it('is named up to ten', async () => {
    const [said = ''] = await warningsOf((_, adapter) => {
      for (let n = 1; n <= 12; n++) adapter.get(`/page-${n}`, answer);
    });
    expect(said).toContain('GET /page-10 and 2 more. Make');
    expect(said).not.toContain('page-11');
  });

  it('keeps no application from starting, whatever is in its router', async () => {
    if (platform === 'fastify') return;
    const warnings = await warningsOf((app, adapter) => {
      adapter.get('/metrics', answer);
      const { router } = app.getHttpAdapter().getInstance() as { router: { stack: unknown[] } };
      router.stack.push(undefined);
    });
    expect(warnings).toEqual([]);
  });

  it('leaves out the pages of Swagger', async () => {
    const paths = ['', '/', '/index.html', '-json', '-yaml', '/swagger-ui-init.js', '/*'];
    const warnings = await warningsOf((_, adapter) => {
      for (const path of paths)
        if (platform === 'fastify' || path !== '/*') adapter.get(`/docs${path}`, answer);
      adapter.get('/swagger-ui-init.js', answer);
      adapter.get('/docs/of-mine', answer);
    });
    expect(warnings).toEqual([`GET /docs/of-mine${advice}`]);
  });

  if (platform === 'express') {
    it('is told of routers, static files, applications, and before a controller', async () => {
      const router = express.Router();
      router.get('/list', answer).use('/deep', express.Router().all('/er', answer), router);
      const warnings = await warningsOf((app, adapter) => {
        app.use('/queues', router);
        app.use('/assets', express.static('.'));
        app.use('/admin', express());
        app.use(express.static('.'));
        app.use((_request: unknown, _response: unknown, next: () => void) => next());
        adapter.get('/api/orders/:id', answer);
        (app.getHttpAdapter().getInstance() as express.Express).get(/^\/x/, answer);
      });
      expect(warnings).toEqual([
        `GET /queues/list, ALL /queues/deep/er, static files /assets/*, ALL /admin/*, static files /*, GET /api/orders/:id, GET /^\\/x/${advice}`,
      ]);
    });
  } else {
    it('is told of plugins', async () => {
      const warnings = await warningsOf((app) =>
        (app as NestFastifyApplication)
          .getHttpAdapter()
          .getInstance()
          .register(
            async (fastify) => {
              fastify.get('/*', answer);
              fastify.get('/a/file.js', answer);
              fastify.route({ method: ['POST', 'PUT'], url: '/:id', handler: answer });
            },
            { prefix: '/assets' },
          ),
      );
      expect(warnings).toEqual([`GET /assets/*, POST /assets/:id, PUT /assets/:id${advice}`]);
    });
  }
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

  describe("with protect: 'decorated', where the application makes the guard its own", () => {
    const auth = JwtAuthModule.forRoot({ ...options, protect: 'decorated' });

    @Module({ imports: [auth], providers: [{ provide: APP_GUARD, useExisting: JwtAuthGuard }] })
    class GuardModule {}

    it.each<[string, AppParts]>([
      [
        'useGlobalGuards',
        { imports: [auth], configure: (app) => app.useGlobalGuards(app.get(JwtAuthGuard)) },
      ],
      ['APP_GUARD', { imports: [GuardModule] }],
    ])('tells what is enforced: %s', async (_, parts) => {
      const app = await startApp({ controllers: [PlainController], ...parts });
      expect((await app.get('/plain')).status).toBe(401);
      const { routes } = app.app.get(AccessAudit);
      await app.close();
      expect(routes.map(({ handler, access, declared }) => [handler, access, declared])).toEqual([
        ['undecided', 'required', false],
        ['alsoUndecided', 'required', false],
        ['token', 'required', true],
      ]);
    });
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

  it('has the word for one route', async () => {
    @Controller('one')
    class OneController {
      @Get()
      get() {}
    }
    const logger = new MemoryLogger();
    const app = await start(
      {},
      { controllers: [OneController], configure: (a) => a.useLogger(logger) },
    );
    await app.close();
    expect(logger.lines).toContain(
      'log [JwtAuthModule] Access to 1 route: 1 required; 1 without an access decorator',
    );
  });
});

describe('the audit with strictCoverage', () => {
  @Controller('open')
  @Public()
  class OpenController {
    @Get('here')
    here() {}

    @Get('closed')
    @RequireScope('a')
    closed() {}
  }

  @Controller('added')
  class AddedController extends OpenController {
    @Get('added')
    added() {}

    @Get('decided')
    @Public()
    decided() {}
  }

  it('wants a decision of a class that is open only because one that it extends is', async () => {
    const failing = start(
      { strictCoverage: true },
      { controllers: [OpenController, AddedController] },
    );
    await expect(failing).rejects.toMatchObject({
      problems: [
        'strictCoverage: AddedController (added, here) is open only because a class that it extends is @Public(). Decide on AddedController or its handlers: @Public(), @OptionalAuth() or a @Require... decorator.',
      ],
    });
  });

  it.each([Public, OptionalAuth, RequireUser])(
    'is content with whatever the class says by itself: %p',
    async (decorator) => {
      @Controller('decided')
      @decorator()
      class DecidedController extends OpenController {
        @Get('added')
        added() {}
      }
      const app = await start({ strictCoverage: true }, { controllers: [DecidedController] });
      await app.close();
    },
  );

  it('goes on without it', async () => {
    const app = await start({}, { controllers: [AddedController] });
    expect((await app.get('/added/added')).status).toBe(200);
    await app.close();
  });
});

describe.each(platforms)('the paths of the audit on %s', (platform) => {
  @Controller('plain')
  class Plain {
    @Get()
    get() {}
  }

  @Controller({ path: ['a', 'b'], version: ['1', '2'] })
  class Versioned {
    @Get('both/:id')
    both() {}

    @Post('three')
    @Version('3')
    three() {}

    @Get('neutral')
    @Version([VERSION_NEUTRAL, '4'])
    neutral() {}
  }

  @Module({ controllers: [Versioned] })
  class Feature {}

  const versioningOf = (app: INestApplication) => app.get(ApplicationConfig).getVersioning()?.type;

  const pathsOf = async (configure: (app: INestApplication) => unknown): Promise<string[]> => {
    const app = await start(
      {},
      {
        platform,
        imports: [
          JwtAuthModule.forRoot(options),
          Feature,
          RouterModule.register([{ path: 'area', module: Feature }]),
        ],
        controllers: [Plain],
        configure,
      },
    );
    const { routes } = app.app.get(AccessAudit);
    const isCustom = versioningOf(app.app) === VersioningType.CUSTOM;
    // As they are called: they are closed, and not unknown.
    const unknown: string[] = [];
    for (const { path, version } of routes.filter(({ method }) => method === 'GET')) {
      // Nest itself does not find a handler of no version by a function, where it is one of several.
      if (isCustom && version === undefined) continue;
      const headers = version === undefined ? {} : { 'x-version': version };
      if ((await app.get(path, undefined, headers)).status !== 401) unknown.push(path);
    }
    await app.close();
    expect(unknown).toEqual([]);
    return routes.map(({ method, path, version }) =>
      version === undefined ? `${method} ${path}` : `${method} ${path} ${version}`,
    );
  };

  it('have the prefix of the application and of modules, and versions in the URI', async () => {
    const paths = await pathsOf((app) =>
      app.setGlobalPrefix('/api/').enableVersioning({ type: VersioningType.URI }),
    );
    expect(paths.toSorted()).toEqual([
      'GET /api/area/a/neutral',
      'GET /api/area/b/neutral',
      'GET /api/plain',
      'GET /api/v1/area/a/both/:id',
      'GET /api/v1/area/b/both/:id',
      'GET /api/v2/area/a/both/:id',
      'GET /api/v2/area/b/both/:id',
      'GET /api/v4/area/a/neutral',
      'GET /api/v4/area/b/neutral',
      'POST /api/v3/area/a/three',
      'POST /api/v3/area/b/three',
    ]);
  });

  it('leave the prefix out where it is excluded', async () => {
    const paths = await pathsOf((app) =>
      app.setGlobalPrefix('api', {
        exclude: ['plain', { path: 'area/a/*rest', method: RequestMethod.GET }],
      }),
    );
    expect(paths).toContain('GET /plain');
    expect(paths).toContain('GET /area/a/both/:id');
    expect(paths).toContain('POST /api/area/a/three');
  });

  it('leave the version out of the prefix that is excluded, and use the prefix and the default of versions', async () => {
    const paths = await pathsOf((app) =>
      app.setGlobalPrefix('api', { exclude: ['plain', 'area/a/both/:id'] }).enableVersioning({
        type: VersioningType.URI,
        prefix: 'version-',
        defaultVersion: ['8', '9'],
      }),
    );
    expect(paths).toEqual(
      expect.arrayContaining([
        'GET /version-8/plain',
        'GET /version-9/plain',
        'GET /version-1/area/a/both/:id',
        'GET /api/version-1/area/b/both/:id',
      ]),
    );
  });

  it.each<[string, VersioningOptions]>([
    ['a header', { type: VersioningType.HEADER, header: 'x-version' }],
    [
      'a function',
      {
        type: VersioningType.CUSTOM,
        extractor: (request) => String((request as Request).headers['x-version'] ?? ''),
      },
    ],
  ])('have the version beside them where it is in %s', async (_, versioning) => {
    const paths = await pathsOf((app) => app.enableVersioning(versioning));
    expect(paths.toSorted()).toEqual([
      'GET /area/a/both/:id 1',
      'GET /area/a/both/:id 2',
      'GET /area/a/neutral',
      'GET /area/a/neutral 4',
      'GET /area/b/both/:id 1',
      'GET /area/b/both/:id 2',
      'GET /area/b/neutral',
      'GET /area/b/neutral 4',
      'GET /plain',
      'POST /area/a/three 3',
      'POST /area/b/three 3',
    ]);
  });
});
