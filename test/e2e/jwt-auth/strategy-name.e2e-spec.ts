import {
  Controller,
  type DynamicModule,
  Get,
  Injectable,
  Module,
  type OnModuleInit,
  Req,
  type Type,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { SignJWT } from 'jose';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import {
  AccessAudit,
  ConfigurationError,
  JwtAuthModule,
  type JwtAuthOptions,
} from 'nestjs-access-tokens';
import { type AppParts, platforms, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { audience } from '../../support/protected-api.js';

const secret = 'a secret of thirty-two characters';
const settings = {
  jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
  secretOrKey: secret,
};

/** A token for the strategy of the application. */
function forgeHmac(claims: { sub: string }): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret));
}

/** The strategy of the documentation of Nest, with a check of its own. */
@Injectable()
class OwnStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super(settings);
  }

  validate({ sub }: { sub: string }) {
    if (sub !== 'active') throw new UnauthorizedException('disabled account');
    return { own: sub };
  }
}

@Module({ providers: [OwnStrategy] })
class OwnModule {}

/** By hand, as without Nest. */
function byHand(): void {
  passport.use(new Strategy(settings, (claims: object, done) => done(null, claims)));
}

@Controller()
class GuardedController {
  @Get('jwt')
  @UseGuards(AuthGuard('jwt'))
  jwt(@Req() { user }: { user: object }) {
    return { user };
  }

  @Get('access-token')
  @UseGuards(AuthGuard('access-token'))
  accessToken(@Req() { user }: { user: { subject: string } }) {
    return { subject: user.subject };
  }
}

const controllers = [GuardedController];

let server: AuthorizationServer;

beforeAll(async () => {
  server = await AuthorizationServer.start();
});

afterAll(() => server.stop());

beforeEach(() => {
  passport.unuse('jwt');
  passport.unuse('access-token');
});

function ours(more: Partial<JwtAuthOptions> = {}): DynamicModule {
  return JwtAuthModule.forRoot({ issuer: server.issuer, audience, protect: 'decorated', ...more });
}

async function failureOf(starting: Promise<RunningApp>): Promise<readonly string[]> {
  const error: unknown = await starting.then(
    (api) => api.close(),
    (reason: unknown) => reason,
  );
  if (error instanceof ConfigurationError) return error.problems;
  throw new Error('It has started');
}

const displaced = [
  expect.stringMatching(
    /^strategyName: the application has a Passport strategy of its own \((Own|Late)?(Jwt)?Strategy\) with the name 'jwt', .* such as strategyName: 'access-token'/,
  ),
];

describe.each(platforms)('a strategy jwt of the application itself on %s', (platform) => {
  const start = (parts: AppParts): Promise<RunningApp> =>
    startApp({ platform, controllers, ...parts });

  it.each([
    ['before', (): (DynamicModule | Type)[] => [OwnModule, ours()]],
    ['after', (): (DynamicModule | Type)[] => [ours(), OwnModule]],
  ])('fails the start where it is imported %s the module', async (_, imports) => {
    expect(await failureOf(start({ imports: imports() }))).toEqual(displaced);
    // It is where it was.
    expect(Reflect.get(passport, '_strategies')).toMatchObject({ jwt: expect.any(OwnStrategy) });
  });

  it.each([
    ['before the application is made', byHand, () => undefined],
    ['before it listens', () => undefined, byHand],
  ])('fails the start where it is registered by hand %s', async (_, first, configure) => {
    first();
    expect(await failureOf(start({ imports: [ours()], configure }))).toEqual(displaced);
  });

  it('fails the start where a provider registers it when the modules are initialised', async () => {
    @Injectable()
    class Late implements OnModuleInit {
      onModuleInit(): void {
        byHand();
      }
    }
    @Injectable()
    class LateStrategy implements OnModuleInit {
      onModuleInit(): OwnStrategy {
        return new OwnStrategy();
      }
    }
    for (const provider of [Late, LateStrategy]) {
      for (const imports of [
        [ours()],
        [{ module: class Other {}, providers: [provider] }, ours()],
      ]) {
        const providers = imports.length > 1 ? [] : [provider];
        passport.unuse('jwt');
        expect(await failureOf(start({ imports, providers }))).toEqual(displaced);
      }
    }
  });

  it.each([
    ['returns it', () => new OwnStrategy()],
    ['keeps it in something', () => ({ auth: { strategy: new OwnStrategy() } })],
    ['returns something else', () => new OwnStrategy().name],
    ['waits', async () => (await Promise.resolve(), { strategy: new OwnStrategy() })],
  ])('fails the start where a factory makes it and %s', async (_, useFactory) => {
    const factory = { module: class Made {}, providers: [{ provide: 'auth', useFactory }] };
    const orders = [
      () => [factory, ours()],
      () => [ours(), factory],
      () => [factory, { ...ours() }],
    ];
    for (const imports of orders) {
      passport.unuse('jwt');
      expect(await failureOf(start({ imports: imports() }))).toEqual(displaced);
      // Another application that has none of its own.
      const api = await start({ imports: [ours()] });
      const answer = await api.get('/jwt', await server.sign({ sub: 'alice' }));
      await api.close();
      expect(answer.body).toMatchObject({ user: { subject: 'alice' } });
    }
  });

  it('stays what it is beside ours under another name', async () => {
    const api = await start({ imports: [OwnModule, ours({ strategyName: 'access-token' })] });
    const own = (sub: string) => forgeHmac({ sub });
    const token = await server.sign({ sub: 'alice' });
    const answers = [
      await api.get('/jwt', await own('active')),
      await api.get('/jwt', await own('disabled')),
      await api.get('/jwt', token),
      await api.get('/access-token', token),
      await api.get('/access-token', await own('active')),
    ];
    const { routes } = api.app.get(AccessAudit);
    await api.close();
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 401, 200, 401]);
    expect(answers[0]?.body).toEqual({ user: { own: 'active' } });
    expect(answers[1]?.body).toMatchObject({ message: 'disabled account' });
    expect(answers[3]?.body).toEqual({ subject: 'alice' });
    expect(routes.map(({ path, declared, access }) => `${path} ${access} ${declared}`)).toEqual([
      '/jwt unguarded false',
      '/access-token required true',
    ]);
  });

  it('may have another name itself', async () => {
    @Injectable()
    class Renamed extends PassportStrategy(Strategy, 'own') {
      constructor() {
        super(settings);
      }

      validate() {
        return { own: true };
      }
    }
    const api = await start({ imports: [ours()], providers: [Renamed] });
    const answer = await api.get('/jwt', await server.sign({ sub: 'alice' }));
    await api.close();
    expect(answer.status).toBe(200);
  });
});

describe('applications of one process', () => {
  const subjectOf = async (api: RunningApp, path = '/jwt'): Promise<unknown> => {
    const { status, body } = await api.get(path, await server.sign({ sub: 'alice' }));
    return status === 200 ? (body as { user?: { subject: string } }).user?.subject : status;
  };

  it('may come one after the other, with strategies of their own and without', async () => {
    const names = [];
    for (const imports of [
      [OwnModule, ours({ strategyName: 'access-token' })],
      [ours()],
      [OwnModule],
      [ours()],
      [ours()],
    ]) {
      const api = await startApp({ imports, controllers });
      names.push(await subjectOf(api));
      await api.close();
    }
    expect(names).toEqual([401, 'alice', 401, 'alice', 'alice']);
  });

  it('may share what forRoot gave, and copies of it', async () => {
    for (const auth of [ours(), { ...ours() }]) {
      const names = [];
      for (const imports of [[auth], [OwnModule], [auth]]) {
        const api = await startApp({ imports, controllers });
        names.push(await subjectOf(api));
        await api.close();
      }
      expect(names).toEqual(['alice', 401, 'alice']);
    }
  });

  it('may run side by side with the module', async () => {
    const one = await startApp({ imports: [ours()], controllers });
    const other = await startApp({ imports: [ours()], controllers });
    const subjects = [await subjectOf(one), await subjectOf(other)];
    await other.close();
    subjects.push(await subjectOf(one));
    await one.close();
    expect(subjects).toEqual(['alice', 'alice', 'alice']);
  });

  it.each([
    ['first', true],
    ['last', false],
  ])(
    'each have what is theirs where one has a strategy jwt of its own (%s)',
    async (_, ownFirst) => {
      const startOwn = () =>
        startApp({ imports: [OwnModule, ours({ strategyName: 'access-token' })], controllers });
      let own = ownFirst ? await startOwn() : undefined;
      const api = await startApp({ imports: [ours()], controllers });
      own ??= await startOwn();
      const active = await forgeHmac({ sub: 'active' });
      const seen = [
        await subjectOf(api),
        (await api.get('/jwt', active)).status,
        await subjectOf(own),
        (await own.get('/jwt', active)).body,
        (await own.get('/jwt', await forgeHmac({ sub: 'disabled' }))).status,
      ];
      await own.close();
      await api.close();
      expect(seen).toEqual(['alice', 401, 401, { user: { own: 'active' } }, 401]);
    },
  );

  it('that have no module are served by the strategy that they have', async () => {
    const own = await startApp({ imports: [OwnModule], controllers });
    const api = await startApp({ imports: [ours()], controllers });
    const active = await own.get('/jwt', await forgeHmac({ sub: 'active' }));
    const seen = [await subjectOf(api), await subjectOf(own), active.body];
    await api.close();
    await own.close();
    expect(seen).toEqual(['alice', 401, { user: { own: 'active' } }]);
  });
});

describe('the option strategyName', () => {
  it.each([[''], [5], ['session'], ['a b'], ['constructor'], ['__proto__']])(
    'is refused if it is no name (%j)',
    async (strategyName) => {
      const options = { strategyName } as Partial<JwtAuthOptions>;
      expect(await failureOf(startApp({ imports: [ours(options)] }))).toEqual([
        expect.stringMatching(/^strategyName: must be a name such as 'access-token'/),
      ]);
    },
  );
});
