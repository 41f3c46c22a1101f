import {
  Controller,
  Get,
  Inject,
  Injectable,
  type OnModuleInit,
  Post,
  Scope,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { ContextIdFactory, type ContextIdStrategy, ModuleRef, REQUEST } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import {
  AccessAudit,
  JwtAuthGuard,
  JwtAuthModule,
  type JwtAuthOptions,
  Public,
  RequireRole,
  RequireScope,
} from 'nestjs-access-tokens';
import { type AppParts, platforms, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { expectInsufficientScope } from '../../support/forbidden.js';
import { audience } from '../../support/protected-api.js';

let server: AuthorizationServer;

beforeAll(async () => {
  server = await AuthorizationServer.start();
});

afterAll(() => server.stop());

function start(parts: AppParts, more: Partial<JwtAuthOptions> = {}): Promise<RunningApp> {
  const options = { issuer: server.issuer, audience, ...more };
  return startApp({ imports: [JwtAuthModule.forRoot(options)], ...parts });
}

type Handler = () => unknown;

/** What Nest calls is another function than the one that has the decorators. */
class Decorated {
  @Get('bound')
  @RequireScope('admin')
  bound(): unknown {
    return { ok: true };
  }

  @Get('arrow')
  @RequireScope('admin')
  arrow(): unknown {
    return { ok: true };
  }

  @Get('replaced')
  @RequireScope('admin')
  replaced(): unknown {
    return { ok: true };
  }

  @Get('guarded')
  @UseGuards(JwtAuthGuard)
  guarded(): unknown {
    return { ok: true };
  }

  @Get('passport')
  @UseGuards(AuthGuard('jwt'))
  passport(): unknown {
    return { ok: true };
  }

  @Get('public')
  @Public()
  open(): unknown {
    return { ok: true };
  }
}

/** In the ways in which constructors do it. */
function rebind(controller: Decorated): void {
  for (const name of ['bound', 'guarded', 'passport', 'open'] as const)
    controller[name] = controller[name].bind(controller);
  const { arrow } = controller;
  controller.arrow = () => arrow.call(controller);
  // No name, and nothing of the method.
  controller.replaced = ((): Handler => () => ({ ok: true }))();
}

@Controller('singleton')
class SingletonController extends Decorated {
  constructor() {
    super();
    rebind(this);
  }
}

@Controller({ path: 'request', scope: Scope.REQUEST })
class RequestController extends Decorated {
  constructor(@Inject(REQUEST) readonly request: object) {
    super();
    rebind(this);
  }
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class Tenant {}

@Controller({ path: 'durable', scope: Scope.REQUEST, durable: true })
class DurableController extends Decorated {
  constructor(readonly tenant: Tenant) {
    super();
    rebind(this);
  }
}

@Controller('class')
@RequireRole('boss')
class ClassController extends Decorated {
  constructor() {
    super();
    rebind(this);
  }
}

@Controller('late')
class LateController extends Decorated {}

/** A container of aspects: it comes when everything has been made. */
@Injectable()
class Aspects implements OnModuleInit {
  constructor(private readonly modules: ModuleRef) {}

  onModuleInit(): void {
    rebind(this.modules.get(LateController, { strict: false }));
  }
}

/** Requests of one tenant share what is durable. */
const tenants: ContextIdStrategy = (() => {
  const tenant = ContextIdFactory.create();
  return {
    attach: (contextId) => ({
      resolve: ({ isTreeDurable }) => (isTreeDurable ? tenant : contextId),
      payload: {},
    }),
  };
})();

const matrix = platforms.flatMap((platform) =>
  (['everything', 'decorated'] as const).map((protect) => ({ platform, protect })),
);

describe.each(matrix)('on $platform, protect $protect', ({ platform, protect }) => {
  let api: RunningApp;

  beforeAll(async () => {
    ContextIdFactory.apply(tenants);
    api = await start(
      {
        platform,
        controllers: [SingletonController, RequestController, ClassController, DurableController],
        providers: [Tenant],
      },
      { protect },
    );
  });

  afterAll(async () => {
    await api.close();
    ContextIdFactory.apply(undefined as never);
  });

  const get = async (path: string, claims?: Record<string, unknown>) =>
    api.get(path, claims && (await server.sign(claims)));

  describe.each(['singleton', 'request', 'durable'])(
    'handlers of a controller (%s) that are bound or replaced on the instance',
    (path) => {
      it.each(['bound', 'arrow', 'replaced'])(
        'ask what their prototype declares (%s)',
        async (name) => {
          expect((await get(`/${path}/${name}`)).challenge).toBe(
            `Bearer realm="${audience}", scope="admin"`,
          );
          expectInsufficientScope(await get(`/${path}/${name}`, { scope: 'x' }), 'admin');
          expect((await get(`/${path}/${name}`, { scope: 'admin' })).status).toBe(200);
        },
      );

      it.each(['guarded', 'passport'])(
        'ask for a token as their prototype does (%s)',
        async (name) => {
          expect((await get(`/${path}/${name}`)).status).toBe(401);
          expect((await api.get(`/${path}/${name}`, 'bad')).status).toBe(401);
          expect((await get(`/${path}/${name}`, {})).status).toBe(200);
        },
      );

      it('stay open where their prototype says so', async () => {
        expect((await get(`/${path}/public`)).status).toBe(200);
      });
    },
  );

  it('ask what their class declares as well', async () => {
    expect((await get('/class/bound', { scope: 'admin' })).status).toBe(403);
    expect((await get('/class/bound', { roles: ['boss'] })).status).toBe(403);
    expect((await get('/class/bound', { roles: ['boss'], scope: 'admin' })).status).toBe(200);
    expect((await get('/class/guarded', {})).status).toBe(403);
  });

  it('are listed by the audit as they are enforced', () => {
    const { routes } = api.app.get(AccessAudit);
    const listed = routes
      .filter(({ controller }) => controller === 'SingletonController')
      .map(({ handler, access, rule, declared }) => ({ handler, access, rule, declared }));
    const admin = { access: 'required', rule: 'scope admin', declared: true };
    const token = { access: 'required', rule: 'any valid token', declared: true };
    expect(listed).toEqual([
      { handler: 'bound', ...admin },
      { handler: 'arrow', ...admin },
      { handler: 'replaced', ...admin },
      { handler: 'guarded', ...token },
      { handler: 'passport', ...token },
      { handler: 'open', access: 'public', rule: 'public', declared: true },
    ]);
  });
});

describe.each(platforms)('handlers on %s', (platform) => {
  const statuses = async (api: RunningApp, path: string): Promise<number[]> => [
    (await api.get(path)).status,
    (await api.get(path, await server.sign({ scope: 'x' }))).status,
    (await api.get(path, await server.sign({ scope: 'admin' }))).status,
  ];

  it('that are replaced while the application starts ask what they declared', async () => {
    const api = await start(
      { platform, controllers: [LateController], providers: [Aspects] },
      { protect: 'decorated' },
    );
    const found = [await statuses(api, '/late/bound'), await statuses(api, '/late/replaced')];
    await api.close();
    expect(found).toEqual([
      [401, 403, 200],
      [401, 403, 200],
    ]);
  });

  it('that share one function, such as a test double, ask what all of them declare', async () => {
    const double = (): unknown => ({ ok: true });
    @Controller('doubles')
    class Doubles {
      @Get('a')
      @RequireScope('a')
      a(): unknown {
        return {};
      }

      @Get('b')
      @RequireScope('b')
      b(): unknown {
        return {};
      }

      constructor() {
        this.a = double;
        this.b = double;
      }
    }
    const api = await start({ platform, controllers: [Doubles] });
    const found = await Promise.all(
      ['a', 'b', 'a b'].map(
        async (scope) => (await api.get('/doubles/a', await server.sign({ scope }))).status,
      ),
    );
    await api.close();
    expect(found).toEqual([403, 403, 200]);
  });

  it('of two instances of one class, each with functions of its own, are both known', async () => {
    @Controller('first')
    class First extends Decorated {
      constructor() {
        super();
        rebind(this);
      }
    }
    class OneModule {}
    class OtherModule {}
    const module = (type: Type) => ({ module: type, controllers: [First] });
    const imports = [
      JwtAuthModule.forRoot({ issuer: server.issuer, audience, protect: 'decorated' }),
      module(OneModule),
      module(OtherModule),
    ];
    const api = await startApp({ platform, imports }).catch(() => undefined);
    // Fastify does not take the same route twice.
    if (!api) return expect(platform).toBe('fastify');
    const found = await statuses(api, '/first/bound');
    await api.close();
    expect(found).toEqual([401, 403, 200]);
  });

  it('that are made anew each time somebody reads them are closed, whoever comes', async () => {
    @Controller('anew')
    class Anew {
      @Get()
      @RequireScope('admin')
      handler(): unknown {
        return { ok: true };
      }

      @Post()
      plain(): void {}

      constructor() {
        return new Proxy(this, {
          get: (target, name) => {
            const member: unknown = Reflect.get(target, name);
            return typeof member === 'function' && name !== 'constructor'
              ? (member.bind(target) as unknown)
              : member;
          },
        });
      }
    }
    const found = await start({ platform, controllers: [Anew] }, { protect: 'decorated' }).then(
      async (api) => {
        const seen = await statuses(api, '/anew');
        await api.close();
        return seen;
      },
      (error: Error) => error.message,
    );
    // Either is right: the start fails, or nobody gets in.
    if (typeof found === 'string') expect(found).toContain('Anew.handler');
    else expect(found).toEqual([401, 403, 403]);
  });
});
