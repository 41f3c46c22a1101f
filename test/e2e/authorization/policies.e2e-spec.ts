import {
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Get,
  Injectable,
  Module,
  Param,
  Scope,
  ServiceUnavailableException,
} from '@nestjs/common';
import {
  AccessToken,
  type AuthorizationPolicy,
  AuthorizationService,
  JwtAuthModule,
  OptionalAuth,
  RequirePolicy,
  RequireScope,
} from 'nestjs-access-tokens';
import { platforms, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { expectDenied, expectInsufficientScope } from '../../support/forbidden.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { audience } from '../../support/protected-api.js';

interface Order {
  readonly id: string;
  readonly owner: string;
}

@Injectable()
class Orders {
  async find(id: string): Promise<Order> {
    return Promise.resolve({ id, owner: id.startsWith('a') ? 'alice' : 'bob' });
  }
}

const asked: string[] = [];

@Injectable()
class DuringOfficeHours implements AuthorizationPolicy {
  allows(_token: AccessToken, context: ExecutionContext): boolean {
    asked.push('office');
    return (
      context.switchToHttp().getRequest<{ headers: object }>().headers['x-hour' as never] === '9'
    );
  }
}

@Injectable()
class OwnsOrderInPath implements AuthorizationPolicy {
  constructor(private readonly orders: Orders) {}

  async allows({ subject }: AccessToken, context: ExecutionContext): Promise<boolean> {
    const { params } = context.switchToHttp().getRequest<{ params: { id: string } }>();
    asked.push('owner');
    return (await this.orders.find(params.id)).owner === subject;
  }
}

@Injectable()
class OwnsOrder implements AuthorizationPolicy<Order> {
  allows(token: AccessToken, order: Order): boolean {
    return order.owner === token.subject;
  }
}

@Injectable()
class IsStaff implements AuthorizationPolicy<void> {
  allows(token: AccessToken): boolean {
    return token.hasRole('staff');
  }
}

/** What a policy that is not written in TypeScript may do. */
class Careless implements AuthorizationPolicy<unknown> {
  allows({ subject }: AccessToken): boolean {
    const answers: Record<string, unknown> = {
      one: 1,
      text: 'yes',
      object: {},
      promise: Promise.resolve('yes'),
    };
    return answers[subject ?? ''] as boolean;
  }
}

class Throwing implements AuthorizationPolicy<unknown> {
  async allows({ subject }: AccessToken): Promise<boolean> {
    await Promise.resolve();
    if (subject === 'http') throw new ServiceUnavailableException('try again');
    throw new Error('the database is down');
  }
}

@Controller('orders')
@RequirePolicy(DuringOfficeHours)
class OrdersController {
  constructor(
    private readonly authorization: AuthorizationService,
    private readonly orders: Orders,
  ) {}

  @Get(':id')
  @RequireScope('orders.read')
  @RequirePolicy(OwnsOrderInPath)
  guarded(@Param('id') id: string) {
    return { id };
  }

  @Get(':id/checked')
  async checked(@Param('id') id: string, @AccessToken() token: AccessToken) {
    const order = await this.orders.find(id);
    const staff = await this.authorization.allows(IsStaff, token);
    if (!staff) await this.authorization.require(OwnsOrder, token, order);
    return { id, staff };
  }
}

@Controller('policies')
class PoliciesController {
  constructor(private readonly authorization: AuthorizationService) {}

  @Get('both')
  @RequirePolicy(IsStaff, DuringOfficeHours)
  both() {
    return { ok: true };
  }

  @Get('careless')
  @RequirePolicy(Careless)
  careless() {
    return { ok: true };
  }

  @Get('throwing')
  @RequirePolicy(Throwing)
  throwing() {
    return { ok: true };
  }

  @Get('service/:name')
  async service(@Param('name') name: string, @AccessToken() token: AccessToken) {
    const policy = { careless: Careless, throwing: Throwing }[name] ?? IsStaff;
    await this.authorization.require(policy, token);
    return { ok: true };
  }

  @Get('optional')
  @OptionalAuth()
  async optional(@AccessToken() token?: AccessToken) {
    const allowed = await this.authorization.allows(IsStaff, token);
    await this.authorization.require(IsStaff, token);
    return { allowed };
  }
}

const policies = [DuringOfficeHours, OwnsOrderInPath, OwnsOrder, IsStaff, Careless, Throwing];

@Module({ providers: [Orders, ...policies], controllers: [OrdersController, PoliciesController] })
class OrdersModule {}

describe.each(platforms)('policies on %s', (platform) => {
  let server: AuthorizationServer;
  let api: RunningApp;
  const logger = new MemoryLogger();

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    const imports = [JwtAuthModule.forRoot({ issuer: server.issuer, audience }), OrdersModule];
    const configure: Parameters<typeof startApp>[0]['configure'] = (app) => app.useLogger(logger);
    api = await startApp({ platform, imports, configure });
  });

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  beforeEach(() => (asked.length = 0));

  const get = async (path: string, claims: Record<string, unknown>, hour = '9') =>
    api.get(path, await server.sign(claims), { 'x-hour': hour });

  const alice = { sub: 'alice', scope: 'orders.read' };

  it('of class and handler must both allow it, at once or later', async () => {
    expect(await get('/orders/a1', alice)).toMatchObject({ status: 200, body: { id: 'a1' } });
    expectDenied(await get('/orders/b1', alice), 'orders.read');
    expectDenied(await get('/orders/a1', alice, '22'), 'orders.read');
    expect(asked).toEqual(['office', 'owner', 'office', 'owner', 'office']);
  });

  it('are asked last, when the token has all scopes', async () => {
    expectInsufficientScope(await get('/orders/a1', { sub: 'alice' }), 'orders.read');
    expect(asked).toEqual([]);
  });

  it('are not asked without a token', async () => {
    expect(await api.get('/orders/a1')).toMatchObject({
      status: 401,
      challenge: `Bearer realm="${audience}", scope="orders.read"`,
    });
    expect(asked).toEqual([]);
  });

  it('may be several in one decorator: all of them', async () => {
    expect((await get('/policies/both', { roles: ['staff'] })).status).toBe(200);
    expectDenied(await get('/policies/both', { roles: ['staff'] }, '22'));
    expectDenied(await get('/policies/both', {}));
  });

  it('decide about a resource in a handler', async () => {
    expect(await get('/orders/a1/checked', alice)).toMatchObject({ body: { staff: false } });
    expect(await get('/orders/b1/checked', { roles: ['staff'] })).toMatchObject({
      body: { staff: true },
    });
    expect(await get('/orders/b1/checked', alice)).toMatchObject({
      status: 403,
      body: {
        statusCode: 403,
        error: 'insufficient_scope',
        message: 'The access token does not allow this operation',
      },
    });
  });

  it.each(['one', 'text', 'object', 'promise', 'undefined'])(
    'that answer anything but true (%s) do not allow it',
    async (sub) => {
      expectDenied(await get('/policies/careless', { sub }));
      expect((await get('/policies/service/careless', { sub })).status).toBe(403);
    },
  );

  it.each(['/policies/throwing', '/policies/service/throwing'])(
    'that throw close the handler, and the error is answered and logged like any other (%s)',
    async (path) => {
      logger.lines.length = 0;
      expect(await get(path, { sub: 'alice' })).toMatchObject({ status: 500, challenge: null });
      expect(await get(path, { sub: 'http' })).toMatchObject({
        status: 503,
        body: { message: 'try again' },
      });
      expect(logger.lines.join('\n')).toContain('the database is down');
    },
  );

  it('deny where there is no token, and ask for one', async () => {
    expect(await api.get('/policies/optional')).toMatchObject({
      status: 401,
      body: { statusCode: 401, message: 'An access token is required' },
    });
    expect(await get('/policies/optional', { roles: ['staff'] })).toMatchObject({
      status: 200,
      body: { allowed: true },
    });
  });
});

describe('policies that cannot be asked', () => {
  @Injectable({ scope: Scope.REQUEST })
  class OfRequest implements AuthorizationPolicy {
    allows(): boolean {
      return true;
    }
  }
  class NoPolicy {}
  class Missing implements AuthorizationPolicy {
    allows(): boolean {
      return true;
    }
  }
  class AlsoMissing extends Missing {}

  @Controller('faulty')
  @RequirePolicy(Missing)
  class FaultyController {
    @Get('a')
    @RequirePolicy(AlsoMissing)
    a() {}

    @Get('b')
    @RequirePolicy(OfRequest)
    b() {}

    @Get('c')
    @RequirePolicy(NoPolicy as typeof Missing)
    c() {}
  }

  const options = { issuer: 'https://id.example.com', audience };

  it('make the start fail, all named together', async () => {
    const start = startApp({
      imports: [JwtAuthModule.forRoot(options)],
      controllers: [FaultyController],
      providers: [OfRequest, NoPolicy],
    });
    await expect(start).rejects.toMatchObject({
      code: 'invalid_configuration',
      problems: [
        '@RequirePolicy(Missing) on FaultyController.a, FaultyController.b, FaultyController.c: Missing is not a provider. Add it to the providers of a module.',
        '@RequirePolicy(AlsoMissing) on FaultyController.a: AlsoMissing is not a provider. Add it to the providers of a module.',
        '@RequirePolicy(OfRequest) on FaultyController.b: OfRequest is not a singleton. Policies are made once: take what is about the request from the context that allows() is given.',
        '@RequirePolicy(NoPolicy) on FaultyController.c: NoPolicy has no method allows().',
      ],
    });
  });

  it('are an error, not a no, where a handler asks for them', async () => {
    const app = await startApp({ imports: [JwtAuthModule.forRoot(options)] });
    const asking = app.app
      .get(AuthorizationService)
      .allows(Missing, {} as AccessToken, {} as never);
    await expect(asking).rejects.toThrow('Missing is not a provider');
    await app.close();
  });

  it('are refused when the class is defined, if they are no classes', () => {
    expect(() => RequirePolicy()).toThrow('@RequirePolicy() names no policy');
    expect(() => RequirePolicy(undefined as unknown as typeof Missing)).toThrow(
      '@RequirePolicy(): undefined is not a class. Does its file import this one in a circle?',
    );
  });

  it('do not compile where their resource is missing or another one', () => {
    const wrong: (() => unknown)[] = [
      // @ts-expect-error a route is no order
      () => RequirePolicy(OwnsOrder),
      // @ts-expect-error which order?
      (service = {} as AuthorizationService) => service.allows(OwnsOrder, {} as AccessToken),
      // @ts-expect-error that is no order
      (service = {} as AuthorizationService) => service.allows(OwnsOrder, {} as AccessToken, 5),
    ];
    expect(wrong).toHaveLength(3);
  });

  it('may themselves refuse with an exception of Nest', async () => {
    const server = await AuthorizationServer.start();
    class OwnAnswer implements AuthorizationPolicy {
      allows(): boolean {
        throw new ForbiddenException('Only on weekdays');
      }
    }
    @Controller()
    class OwnController {
      @Get()
      @RequirePolicy(OwnAnswer)
      get() {}
    }
    const app = await startApp({
      imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience })],
      controllers: [OwnController],
      providers: [OwnAnswer],
    });
    const answer = await app.get('/', await server.sign());
    await app.close();
    await server.stop();
    expect(answer).toMatchObject({ status: 403, body: { message: 'Only on weekdays' } });
  });
});
