import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  Logger,
  Module,
  Req,
  Scope,
  UseGuards,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import {
  AccessToken,
  InvalidTokenError,
  JwtAuthGuard,
  JwtAuthModule,
  OptionalAuth,
  Public,
  RequireScope,
  TokenVerifier,
} from 'nestjs-access-tokens';
import { Observable, of } from 'rxjs';
import { platforms, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { MemoryLogger } from '../../support/memory-logger.js';

const options = { issuer: 'http://127.0.0.1:1', audience: 'https://api.example.com' };

/** A guard of the application, with a constructor of its own. */
@Injectable()
class TenantGuard extends JwtAuthGuard {
  constructor(@Inject(ModuleRef) readonly modules: ModuleRef) {
    super();
  }
}

@Controller()
class Handlers {
  @Get('plain')
  plain(@Req() { user }: { user?: unknown }) {
    return { user: user ?? null };
  }

  @Get('guarded')
  @UseGuards(JwtAuthGuard)
  guarded() {
    return {};
  }

  @Get('extended')
  @UseGuards(TenantGuard)
  extended() {
    return {};
  }

  @Get('optional')
  @OptionalAuth()
  optional() {
    return {};
  }

  @Get('public')
  @Public()
  public() {
    return {};
  }
}

@Controller('scoped')
@RequireScope('read')
class ScopedHandlers {
  @Get()
  @RequireScope('write')
  scoped(@AccessToken() token?: AccessToken) {
    return { subject: token?.subject ?? null };
  }
}

@Controller({ path: 'by-request', scope: Scope.REQUEST })
class HandlersByRequest {
  @Get()
  @RequireScope('read')
  scoped() {
    return {};
  }

  @Get('guarded')
  @UseGuards(JwtAuthGuard)
  guarded() {
    return {};
  }
}

const controllers = [Handlers, ScopedHandlers, HandlersByRequest];

@Module({ controllers })
class FeatureModule {}

const paths = [
  '/guarded',
  '/extended',
  '/scoped',
  '/by-request',
  '/by-request/guarded',
  '/optional',
  '/public',
];

const statusesOf = async (app: RunningApp, asked = ['/plain', ...paths]): Promise<number[]> => {
  const answers = await Promise.all(asked.map((path) => app.get(path)));
  await app.close();
  return answers.map(({ status }) => status);
};

type Override = (builder: TestingModuleBuilder) => TestingModuleBuilder;

const start = (override: Override, protect: 'everything' | 'decorated' = 'everything') =>
  startApp({ imports: [JwtAuthModule.forRoot({ ...options, protect }), FeatureModule], override });

const yes: CanActivate = { canActivate: () => true };
const provider: Override = (builder) => builder.overrideProvider(JwtAuthGuard).useValue(yes);
const guard: Override = (builder) => builder.overrideGuard(JwtAuthGuard).useValue(yes);

describe.each(['everything', 'decorated'] as const)(
  'a test that replaces JwtAuthGuard (%s)',
  (protect) => {
    it.each<[string, Override]>([
      ['as a provider', provider],
      ['as a guard', guard],
      ['as both', (builder) => guard(provider(builder))],
      ['as both, the other way round', (builder) => provider(guard(builder))],
      [
        'with a promise',
        (builder) =>
          builder.overrideGuard(JwtAuthGuard).useValue({ canActivate: async () => true }),
      ],
      [
        'with an observable',
        (builder) =>
          builder
            .overrideProvider(JwtAuthGuard)
            .useValue({ canActivate: (): Observable<boolean> => of(true) }),
      ],
      [
        'with a factory',
        (builder) =>
          builder.overrideProvider(JwtAuthGuard).useFactory({ factory: async () => yes }),
      ],
    ])('opens every handler: %s', async (_, override) => {
      expect(await statusesOf(await start(override, protect))).toEqual(
        Array.from({ length: 8 }, () => 200),
      );
    });

    it.each<[string, Override]>([
      ['provider', (b) => b.overrideProvider(JwtAuthGuard).useValue({ canActivate: () => false })],
      ['guard', (b) => b.overrideGuard(JwtAuthGuard).useValue({ canActivate: () => false })],
    ])('closes every handler, as a %s', async (_, override) => {
      expect(await statusesOf(await start(override, protect), paths)).toEqual(paths.map(() => 403));
    });

    it.each(['overrideProvider', 'overrideGuard'] as const)(
      'may ask the guard that it extends (%s)',
      async (place) => {
        @Injectable()
        class Counting extends JwtAuthGuard {
          static asked = 0;
          override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
            Counting.asked += 1;
            return super.canActivate(context);
          }
        }
        const app = await start(
          (builder) => builder[place](JwtAuthGuard).useClass(Counting),
          protect,
        );
        const asked = [401, 401, 401, 401, 401, 200, 200];
        expect(await statusesOf(app, paths)).toEqual(asked);
        expect(Counting.asked).toBeGreaterThanOrEqual(paths.length);
      },
    );
  },
);

describe('a test that replaces JwtAuthGuard', () => {
  afterEach(() => jest.restoreAllMocks());

  it('leaves them closed with what is no guard in its place', async () => {
    const app = await start((builder) => builder.overrideGuard(JwtAuthGuard).useValue({}));
    expect(await statusesOf(app, paths)).toEqual([401, 401, 401, 401, 401, 200, 200]);
  });

  it('says who the user is', async () => {
    const fake: CanActivate = {
      canActivate: (context) => {
        context.switchToHttp().getRequest<{ user?: unknown }>().user = { subject: 'alice' };
        return true;
      },
    };
    const app = await start((builder) => builder.overrideProvider(JwtAuthGuard).useValue(fake));
    const { body } = await app.get('/plain');
    await app.close();
    expect(body).toEqual({ user: { subject: 'alice' } });
  });

  it('replaces all of them by way of its prototype', async () => {
    const spy = jest.spyOn(JwtAuthGuard.prototype, 'canActivate').mockReturnValue(true);
    const app = await start((builder) => builder);
    const { status } = await app.get('/scoped');
    await app.close();
    expect(status).toBe(200);
    // Of the application, of the class and of the method.
    expect(spy).toHaveBeenCalledTimes(3);
  });

  it('leaves alone what a module of the application has in its place for itself', async () => {
    @Module({ providers: [{ provide: JwtAuthGuard, useValue: yes }], exports: [JwtAuthGuard] })
    class OpenModule {}
    const app = await startApp({
      imports: [OpenModule, JwtAuthModule.forRoot(options), FeatureModule],
    });
    expect(await statusesOf(app)).toEqual([401, 401, 401, 401, 401, 401, 200, 200]);
  });
});

describe('a test that replaces TokenVerifier', () => {
  it('needs no more than verify()', async () => {
    const token = { subject: 'alice', hasScope: (scope: string) => scope !== 'admin' };
    const verify = async (raw: string) => {
      if (raw === 'of-alice') return token;
      throw new InvalidTokenError('signature', 'not of Alice');
    };
    const app = await start((builder) =>
      builder.overrideProvider(TokenVerifier).useValue({ verify }),
    );
    const good = await app.get('/scoped', 'of-alice');
    const again = await app.get('/scoped', 'of-alice');
    const bad = await app.get('/scoped', 'of-mallory');
    const none = await app.get('/scoped');
    await app.close();
    expect([good.status, again.status, bad.status, none.status]).toEqual([200, 200, 401, 401]);
    expect(good.body).toEqual({ subject: 'alice' });
  });

  it('has one that extends it asked for each request, also for tokens that are remembered', async () => {
    const asked: string[] = [];
    @Injectable()
    class Auditing extends TokenVerifier {
      override async verify(raw: string): Promise<AccessToken> {
        asked.push(raw);
        if (asked.length > 3) throw new InvalidTokenError('revoked', 'enough');
        return super.verify(raw);
      }
    }
    const server = await AuthorizationServer.start();
    const app = await startApp({
      imports: [JwtAuthModule.forRoot({ ...options, issuer: server.issuer }), FeatureModule],
      override: (builder) => builder.overrideProvider(TokenVerifier).useClass(Auditing),
    });
    const raw = await server.sign();
    const statuses: number[] = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await app.get('/plain', raw)).status);
    await app.close();
    await server.stop();
    expect(statuses).toEqual([200, 200, 200, 401]);
    expect(asked).toEqual([raw, raw, raw, raw]);
  });
});

describe('a test of a controller alone', () => {
  afterEach(() => jest.restoreAllMocks());

  it('compiles, whatever decorators the controller has', async () => {
    const module = await Test.createTestingModule({ controllers }).compile();
    expect(module.get(Handlers).optional()).toEqual({});
    expect(module.get(ScopedHandlers).scoped()).toEqual({ subject: null });
    await module.close();
  });

  it('has every request refused that meets the guard', async () => {
    for (const platform of platforms) {
      const logger = new MemoryLogger();
      const app = await startApp({
        controllers,
        platform,
        configure: (it) => it.useLogger(logger),
      });
      const { status, body } = await app.get('/scoped');
      expect({ status, body }).toEqual({
        status: 500,
        body: { statusCode: 500, message: 'Internal Server Error' },
      });
      // Not even what is public: nobody has said by whose rules.
      expect(await statusesOf(app, paths)).toEqual(paths.map(() => 500));
      const errors = logger.lines.filter((line) => line.startsWith('error'));
      expect(errors).toEqual([
        expect.stringMatching(/^error \[JwtAuthModule\] JwtAuthModule is not imported, so every/),
      ]);
    }
  });

  it('may give the controller a guard', async () => {
    const app = await startApp({
      imports: [
        {
          module: class Slice {},
          controllers: [ScopedHandlers],
          providers: [{ provide: JwtAuthGuard, useValue: yes }],
        },
      ],
    });
    expect(await statusesOf(app, ['/scoped'])).toEqual([200]);
  });

  it('refuses what meets a guard that nobody has made with Nest', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
    const app = await startApp({
      controllers: [Handlers],
      configure: (it) => it.useGlobalGuards(new JwtAuthGuard()),
    });
    expect(await statusesOf(app, ['/plain'])).toEqual([500]);
    expect(error).toHaveBeenCalledTimes(1);
  });
});
