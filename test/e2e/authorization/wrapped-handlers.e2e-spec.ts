import { type CanActivate, Controller, Get, mixin, type Type, UseGuards } from '@nestjs/common';
import {
  AccessAudit,
  type AccessToken,
  type AuthorizationPolicy,
  ConfigurationError,
  JwtAuthModule,
  type JwtAuthOptions,
  OptionalAuth,
  Public,
  RequireClaim,
  RequirePolicy,
  RequireRole,
  RequireScope,
} from 'nestjs-access-tokens';
import { type AppParts, platforms, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { expectDenied, expectInsufficientScope } from '../../support/forbidden.js';
import { audience, expectChallenged } from '../../support/protected-api.js';
import { Wrapped, type Wrapper, wrappers } from '../../support/wrappers.js';

let server: AuthorizationServer;

beforeAll(async () => {
  server = await AuthorizationServer.start();
});

afterAll(() => server.stop());

function start(parts: AppParts, more: Partial<JwtAuthOptions> = {}): Promise<RunningApp> {
  const options = { issuer: server.issuer, audience, ...more };
  return startApp({ imports: [JwtAuthModule.forRoot(options)], ...parts });
}

class Never implements AuthorizationPolicy<unknown> {
  allows(_token: AccessToken): boolean {
    return false;
  }
}

function controllerWrapped(how: Wrapper): Type {
  @Controller(how.replaceAll(' ', '-'))
  class WrappedController {
    @Get('above')
    @Wrapped(how)
    @RequireScope('admin')
    above() {
      return { ok: true };
    }

    @Get('below')
    @RequireScope('admin')
    @Wrapped(how)
    below() {
      return { ok: true };
    }

    @Get('both')
    @RequireScope('b')
    @Wrapped(how)
    @RequireScope('admin')
    both() {
      return { ok: true };
    }

    @Get('many')
    @Wrapped(how)
    @RequireClaim('org', 'acme')
    @Wrapped(how)
    @RequireRole('boss')
    @Wrapped(how)
    @RequireScope('admin')
    many() {
      return { ok: true };
    }

    @Get('policy')
    @Wrapped(how)
    @RequirePolicy(Never)
    policy() {
      return { ok: true };
    }

    @Get('optional')
    @Wrapped(how)
    @OptionalAuth()
    optional() {
      return { ok: true };
    }

    @Get('public')
    @Wrapped(how)
    @Public()
    open() {
      return { ok: true };
    }
  }
  return WrappedController;
}

const ways = Object.keys(wrappers) as Wrapper[];
const matrix = platforms.flatMap((platform) =>
  (['everything', 'decorated'] as const).map((protect) => ({ platform, protect })),
);

describe.each(matrix)('handlers that are wrapped on $platform, protect $protect', (options) => {
  let api: RunningApp;
  const { platform, protect } = options;

  beforeAll(async () => {
    const controllers = ways.map(controllerWrapped);
    api = await start({ platform, controllers, providers: [Never] }, { protect });
  });

  afterAll(() => api.close());

  describe.each(ways)('%s', (how) => {
    const get = async (path: string, claims?: Record<string, unknown>) =>
      api.get(`/${how.replaceAll(' ', '-')}/${path}`, claims && (await server.sign(claims)));

    it.each(['above', 'below'])('ask what stands on the other side (wrapped %s)', async (path) => {
      expect((await get(path)).challenge).toBe(`Bearer realm="${audience}", scope="admin"`);
      expectInsufficientScope(await get(path, { scope: 'b' }), 'admin');
      expect((await get(path, { scope: 'admin' })).status).toBe(200);
    });

    it('add up what stands on both sides', async () => {
      expect((await get('both')).status).toBe(401);
      expectInsufficientScope(await get('both', { scope: 'b' }), 'admin b');
      expectInsufficientScope(await get('both', { scope: 'admin' }), 'admin b');
      expect((await get('both', { scope: 'admin b' })).status).toBe(200);
    });

    it('add up what stands between several', async () => {
      const all = { scope: 'admin', roles: ['boss'], org: 'acme' };
      expectDenied(await get('many', { ...all, org: 'other' }), 'admin');
      expectDenied(await get('many', { ...all, roles: [] }), 'admin');
      expectInsufficientScope(await get('many', { ...all, scope: 'x' }), 'admin');
      expect((await get('many', all)).status).toBe(200);
    });

    it('ask policies', async () => {
      expectDenied(await get('policy', {}));
    });

    it('stay open where they are declared so', async () => {
      expect((await get('public')).status).toBe(200);
      expect((await get('optional')).status).toBe(200);
      expect((await api.get(`/${how.replaceAll(' ', '-')}/optional`, 'bad')).status).toBe(401);
    });
  });

  it('are listed by the audit as they are enforced', () => {
    const { routes } = api.app.get(AccessAudit);
    const rules = ways.flatMap(() => [
      'scope admin',
      'scope admin',
      'scope admin, scope b',
      'scope admin, role boss, claim org',
      'policy Never',
      'no token, or any valid token',
      'public',
    ]);
    expect(routes.map(({ rule }) => rule)).toEqual(rules);
    expect(routes.every(({ declared }) => declared)).toBe(true);
  });
});

describe('a declaration', () => {
  const statusOf = async (api: RunningApp, path: string, scope?: string): Promise<number> =>
    (await api.get(path, scope === undefined ? undefined : await server.sign({ scope }))).status;

  it.each(ways)('that contradicts one beneath a wrapper is refused (%s)', (how) => {
    const define = (): unknown => {
      class Contradiction {
        @Public()
        @Wrapped(how)
        @RequireScope('a')
        handler() {}
      }
      return Contradiction;
    };
    expect(define).toThrow('handler has decorators that contradict each other');
  });

  it('on a method that overrides another one replaces it, and none is inherited by name', async () => {
    @Controller('base')
    class Base {
      @Get('own')
      @RequireScope('base')
      own() {
        return { ok: true };
      }

      @Get('plain')
      @RequireScope('base')
      plain() {
        return { ok: true };
      }

      @Get('inherited')
      @Wrapped('by a Proxy')
      @RequireScope('base')
      inherited() {
        return { ok: true };
      }
    }

    // Metadata must be read along it, as Nest does, and the base must not get any of it.
    @Controller('sub')
    class Sub extends Base {
      @Get('own')
      @RequireScope('sub')
      override own() {
        return { ok: true };
      }

      @Get('plain')
      @Wrapped('by its name alone')
      override plain() {
        return { ok: true };
      }
    }
    Get('handed-on')(...decorated(Sub, 'handedOn', wrappers['by prototype'](Base.prototype.plain)));
    RequireScope('sub')(...again(Sub, 'handedOn'));

    const api = await start({ controllers: [Base, Sub] });
    const statuses = await Promise.all([
      statusOf(api, '/sub/own', 'sub'),
      statusOf(api, '/sub/own', 'base'),
      statusOf(api, '/sub/plain', 'x'),
      statusOf(api, '/sub/inherited', 'x'),
      statusOf(api, '/sub/inherited', 'base'),
      statusOf(api, '/sub/handed-on', 'sub'),
      statusOf(api, '/sub/handed-on', 'sub base'),
      statusOf(api, '/base/plain', 'base'),
    ]);
    await api.close();
    expect(statuses).toEqual([200, 403, 200, 403, 200, 403, 200, 200]);
  });

  it('belongs to its class, and not to another one with the same name', async () => {
    const make = (path: string, scope: string): Type => {
      @Controller(path)
      class Twin {
        @Get()
        @Wrapped('by its name alone')
        @RequireScope(scope)
        handler() {
          return { ok: true };
        }
      }
      return mixin(Twin);
    };
    const api = await start({ controllers: [make('a', 'a'), make('b', 'b')] });
    const statuses = await Promise.all([
      statusOf(api, '/a', 'a'),
      statusOf(api, '/a', 'b'),
      statusOf(api, '/b', 'a'),
      statusOf(api, '/b', 'b'),
    ]);
    await api.close();
    expect(statuses).toEqual([200, 403, 403, 200]);
  });

  it('goes along with a method that is copied into another class', async () => {
    class Mixin {
      @Get('shared')
      @RequireScope('shared')
      shared() {
        return { ok: true };
      }
    }
    @Controller('target')
    class Target {}
    Object.defineProperty(
      Target.prototype,
      'shared',
      Object.getOwnPropertyDescriptor(Mixin.prototype, 'shared') as PropertyDescriptor,
    );
    const api = await start({ controllers: [Target] });
    const statuses = [
      await statusOf(api, '/target/shared', 'x'),
      await statusOf(api, '/target/shared', 'shared'),
    ];
    await api.close();
    expect(statuses).toEqual([403, 200]);
  });

  it('of a class is found where another decorator has put something in its place', async () => {
    const Proxied: ClassDecorator = (type) => new Proxy(type, {});
    const Replaced = (type: Type): Type => {
      const stand = function (...parameters: unknown[]): object {
        return Reflect.construct(type, parameters) as object;
      };
      stand.prototype = type.prototype;
      return stand as unknown as Type;
    };
    @Controller('proxied')
    @RequireRole('boss')
    @Proxied
    @RequireScope('admin')
    class ProxiedController {
      @Get()
      handler() {
        return { ok: true };
      }
    }
    @Controller('replaced')
    @RequireRole('boss')
    @(Replaced as ClassDecorator)
    @RequireScope('admin')
    class ReplacedController {
      @Get()
      handler() {
        return { ok: true };
      }
    }
    for (const protect of ['everything', 'decorated'] as const) {
      const api = await start(
        { controllers: [ProxiedController, ReplacedController] },
        { protect },
      );
      const statuses: number[] = [];
      for (const path of ['/proxied', '/replaced']) {
        statuses.push(await statusOf(api, path), await statusOf(api, path, 'admin'));
        const boss = await server.sign({ roles: ['boss'] });
        const both = await server.sign({ roles: ['boss'], scope: 'admin' });
        statuses.push((await api.get(path, boss)).status, (await api.get(path, both)).status);
      }
      await api.close();
      expect(statuses).toEqual([401, 403, 403, 200, 401, 403, 403, 200]);
    }
  });

  it.each([
    ['an accessor', (decorate: MethodDecorator) => decorateAccessor(decorate)],
    ['a field', (decorate: MethodDecorator) => decorate({}, 'field', undefined as never)],
  ])('on %s is refused: it would have no effect', (_, decorate) => {
    expect(() => decorate(RequireScope('a'))).toThrow('is not a method, and Nest calls methods');
  });
});

describe('the application does not start', () => {
  const failure = async (controllers: Type[]): Promise<string[]> => {
    const error: unknown = await start({ controllers }).then(
      (api) => api.close(),
      (reason: unknown) => reason,
    );
    if (!(error instanceof ConfigurationError)) throw new Error('It has started');
    return [...error.problems];
  };

  it('where a handler carries the guard of a decorator, and what it says is lost', async () => {
    class Origin {
      @Get()
      @RequireScope('admin')
      handler() {
        return { ok: true };
      }
    }
    @Controller('lost')
    class Lost {}
    // A wrapper that knows the keys of Nest, and those alone.
    const wrapper = wrappers['by its name alone'](Origin.prototype.handler);
    for (const key of ['path', 'method', '__guards__'])
      Reflect.defineMetadata(key, Reflect.getMetadata(key, Origin.prototype.handler), wrapper);
    Object.defineProperty(Lost.prototype, 'handler', { value: wrapper });
    expect(await failure([Lost])).toEqual([
      expect.stringMatching(
        /^Lost\.handler: it has the guard of a decorator of this module, and what the decorator says is lost/,
      ),
    ]);
  });

  it('where the instances of a class name another class as theirs', async () => {
    class Origin {
      greet() {}
    }
    @Controller('taken')
    @RequireScope('admin')
    class Taken {
      @Get()
      handler() {
        return { ok: true };
      }
    }
    Object.defineProperty(Taken.prototype, 'constructor', { value: Origin });
    expect(await failure([Taken])).toEqual([
      expect.stringMatching(
        /^Taken\.handler: requests would be let in by .* another class, Origin/,
      ),
    ]);
  });

  it('where one function stands for methods whose decorators contradict each other', async () => {
    @Controller('shared')
    class Shared {
      @Get('open')
      @Public()
      open() {}

      @Get('closed')
      @RequireScope('admin')
      closed() {}
    }
    const double = wrappers['by its name alone'](() => ({ ok: true }));
    const { open, closed } = Shared.prototype;
    for (const [name, method] of Object.entries({ open, closed })) {
      Reflect.defineMetadata('path', Reflect.getMetadata('path', method), double);
      Reflect.defineMetadata('method', 0, double);
      Object.defineProperty(Shared.prototype, name, { value: double });
    }
    expect(await failure([Shared])).toEqual([
      expect.stringMatching(/^Shared\.open: its decorators contradict each other/),
      expect.stringMatching(/^Shared\.closed: its decorators contradict each other/),
    ]);
  });
});

class AllowAll implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

it('leaves the guards of others on a handler as they are', async () => {
  @Controller('others')
  class Others {
    @Get()
    @UseGuards(AllowAll)
    @Wrapped('by prototype')
    @RequireScope('admin')
    handler() {
      return { ok: true };
    }
  }
  const api = await start({ controllers: [Others] }, { protect: 'decorated' });
  const without = await api.get('/others');
  await api.close();
  expect(without.status).toBe(401);
});

it('asks for a token where nothing but the class says so', async () => {
  @Controller('class')
  @RequireScope('admin')
  class Scoped {
    @Get()
    @Wrapped('by its name alone')
    handler() {}
  }
  // Nest finds no route there either: the path is lost. With the path above the wrapper there is one.
  Get()(...again(Scoped, 'handler'));
  const api = await start({ controllers: [Scoped] }, { protect: 'decorated' });
  expectInsufficientScope(await api.get('/class', await server.sign({ scope: 'x' })), 'admin');
  await api.close();
});

it('asks for a token where no decorator speaks at all', async () => {
  @Controller('silent')
  class Silent {
    @Get()
    @Wrapped('by a Proxy')
    handler() {}
  }
  const api = await start({ controllers: [Silent] });
  expectChallenged(await api.get('/silent'));
  await api.close();
});

/** Puts a function onto a class, and gives what decorators are called with. */
function decorated(type: Type, name: string, value: unknown) {
  Object.defineProperty(type.prototype, name, { value, configurable: true, writable: true });
  return again(type, name);
}

function again(type: Type, name: string): [object, string, PropertyDescriptor] {
  const prototype = type.prototype as object;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor;
  return [prototype, name, descriptor];
}

function decorateAccessor(decorate: MethodDecorator): void {
  const descriptor: PropertyDescriptor = { get: () => 1 };
  decorate({}, 'accessor', descriptor);
}
