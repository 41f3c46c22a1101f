import {
  All,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type INestApplication,
  Next,
  Param,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import {
  AccessToken,
  type AuthorizationPolicy,
  JwtAuthModule,
  type JwtAuthOptions,
  OptionalAuth,
  Public,
  RequireClaim,
  RequirePolicy,
  RequireScope,
  TokenClientModule,
  UserTokenService,
} from 'nestjs-access-tokens';
import { platforms, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';

let server: AuthorizationServer;

beforeAll(async () => {
  server = await AuthorizationServer.start();
});

afterAll(() => server.stop());

interface Request {
  readonly user?: AccessToken;
  readonly params: Record<string, string>;
}

/** What a handler of the second application gets to know. */
@Controller()
class BackController {
  constructor(private readonly users: UserTokenService) {}

  @Get('admin')
  admin(@AccessToken() token: AccessToken) {
    return { subject: token.subject };
  }

  @Get('scoped')
  @RequireScope('back')
  scoped(@AccessToken() token: AccessToken) {
    return { subject: token.subject };
  }

  @Get('public')
  @Public()
  async open(@AccessToken() token: AccessToken | undefined, @Req() request: Request) {
    return this.told(token, request);
  }

  @Get('optional')
  @OptionalAuth()
  async optional(@AccessToken() token: AccessToken | undefined, @Req() request: Request) {
    return this.told(token, request);
  }

  @Get('left-alone')
  async leftAlone(@AccessToken() token: AccessToken | undefined, @Req() request: Request) {
    return this.told(token, request);
  }

  @Get('passport')
  @UseGuards(AuthGuard('jwt'))
  passport(@AccessToken() token: AccessToken) {
    return { subject: token.subject };
  }

  private async told(token: AccessToken | undefined, { user }: Request) {
    // Whose tokens would be asked for: nobody's, or else those of somebody who has none.
    const error: unknown = await this.users.getToken('profile').catch((reason: unknown) => reason);
    return { token: token?.subject, user: user?.subject, asked: (error as { code: string }).code };
  }
}

describe('two applications in one process, one handing its requests to the other', () => {
  let front: RunningApp;
  let back: RunningApp;
  let revoked: boolean;

  const startBack = (more: Partial<JwtAuthOptions> = {}): Promise<RunningApp> =>
    startApp({
      imports: [
        JwtAuthModule.forRoot({
          issuer: server.issuer,
          audience: 'back',
          isRevoked: () => revoked,
          ...more,
        }),
        TokenClientModule.forRoot({
          issuer: server.issuer,
          clientId: 'gateway',
          clientSecret: 'gateway-secret',
          clients: { profile: { baseURL: 'http://127.0.0.1:1', token: 'user' } },
        }),
      ],
      controllers: [BackController],
    });

  beforeEach(async () => {
    revoked = false;
    let handOn: (request: object, response: object) => unknown;

    @Controller()
    class FrontController {
      @All('passport')
      @UseGuards(AuthGuard('jwt'))
      passport(@Req() request: object, @Res() response: object) {
        return handOn(request, response);
      }

      @All('{*any}')
      any(@Req() request: object, @Res() response: object) {
        return handOn(request, response);
      }
    }
    back = await startBack();
    front = await startApp({
      imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience: 'front' })],
      controllers: [FrontController],
    });
    handOn = instanceOf(back.app);
  });

  afterEach(async () => {
    await front.close();
    await back.close();
  });

  const tokenFor = (aud: string | string[], claims: object = {}): Promise<string> =>
    server.sign({ sub: 'alice', client_id: 'web', aud, scope: 'front', ...claims });

  it.each(['/admin', '/scoped', '/passport', '/optional'])(
    'do not let in at the second what was meant for the first (%s)',
    async (path) => {
      expect(await front.get(path, await tokenFor('front'))).toMatchObject({
        status: 401,
        body: { message: 'The access token is meant for another audience' },
        challenge: expect.stringContaining('realm="back"') as string,
      });
    },
  );

  it('let in at both what is meant for both', async () => {
    const token = await tokenFor(['front', 'back'], { scope: 'back' });
    for (const path of ['/admin', '/scoped', '/passport'])
      expect(await front.get(path, token)).toMatchObject({
        status: 200,
        body: { subject: 'alice' },
      });
  });

  it('each ask whether the token has been revoked', async () => {
    revoked = true;
    const token = await tokenFor(['front', 'back']);
    expect(await front.get('/admin', token)).toMatchObject({
      status: 401,
      body: { message: 'The access token has been revoked' },
    });
    expect((await front.get('/passport', token)).status).toBe(401);
  });

  it('tell the second nothing of a token where it looks at none', async () => {
    const token = await tokenFor(['front', 'back']);
    expect((await front.get('/public', token)).body).toEqual({ asked: 'no_user' });
    expect((await front.get('/optional', token)).body).toMatchObject({
      token: 'alice',
      user: 'alice',
    });
  });

  it('tell the second nothing of a token where it leaves a handler alone', async () => {
    await back.close();
    back = await startBack({ protect: 'decorated' });
    const handOn = instanceOf(back.app);
    @Controller()
    class OtherFront {
      @All('{*any}')
      any(@Req() request: object, @Res() response: object) {
        return handOn(request, response);
      }
    }
    const other = await startApp({
      imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience: 'front' })],
      controllers: [OtherFront],
    });
    const answer = await other.get('/left-alone', await tokenFor(['front', 'back']));
    await other.close();
    expect(answer.body).toEqual({ asked: 'no_user' });
  });
});

function instanceOf(app: INestApplication): (request: object, response: object) => unknown {
  return app.getHttpAdapter().getInstance();
}

const asked: string[] = [];

@Injectable()
class OwnsTenant implements AuthorizationPolicy {
  allows(token: AccessToken, context: ExecutionContext): boolean {
    const { params } = context.switchToHttp().getRequest<Request>();
    asked.push(`policy ${params['tenant']}`);
    return token.claims['tenant'] === params['tenant'];
  }
}

/** Hands on where it has nothing, to the next path that the same URL fits. */
@Controller()
class TenantsController {
  @Get(['scope/:tenant/acme', 'scope/beta/:tenant'])
  @RequireScope((context) => {
    const { params } = context.switchToHttp().getRequest<Request>();
    asked.push(`scope ${params['tenant']}`);
    return `tenant:${params['tenant']}`;
  })
  scope(@Param('tenant') tenant: string, @Res() response: Sender, @Next() next: () => void) {
    return tenant === 'acme' ? response.send({ tenant }) : next();
  }

  @Get(['policy/:tenant/acme', 'policy/beta/:tenant'])
  @RequirePolicy(OwnsTenant)
  policy(@Param('tenant') tenant: string, @Res() response: Sender, @Next() next: () => void) {
    return tenant === 'acme' ? response.send({ tenant }) : next();
  }

  @Get(['claim/:tenant/acme', 'claim/beta/:tenant'])
  @RequireClaim('tenant', () => {
    asked.push('claim');
    return asked.length === 1;
  })
  claim(@Param('tenant') tenant: string, @Res() response: Sender, @Next() next: () => void) {
    return tenant === 'acme' ? response.send({ tenant }) : next();
  }
}

interface Sender {
  send(body: object): unknown;
}

describe('one handler at two paths that the same URL fits', () => {
  let api: RunningApp;

  beforeAll(async () => {
    api = await startApp({
      imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience: 'api' })],
      controllers: [TenantsController],
      providers: [OwnsTenant],
    });
  });

  beforeEach(() => (asked.length = 0));
  afterAll(() => api.close());

  it.each([
    ['scope', ['scope beta', 'scope acme']],
    ['policy', ['policy beta', 'policy acme']],
    ['claim', ['claim', 'claim']],
  ])(
    'asks again, and once for each, where the rule depends on the request (%s)',
    async (path, all) => {
      const token = await server.sign({ aud: 'api', scope: 'tenant:beta', tenant: 'beta' });
      expect((await api.get(`/${path}/beta/acme`, token)).status).toBe(403);
      expect(asked).toEqual(all);
    },
  );
});

describe.each(platforms)("AuthGuard('jwt') on %s", (platform) => {
  @Controller()
  class PassportController {
    @Get()
    @UseGuards(AuthGuard('jwt'))
    only() {
      return { ok: true };
    }
  }

  it.each(['everything', 'decorated'] as const)(
    'asks for the scopes of the whole application (%s)',
    async (protect) => {
      const api = await startApp({
        platform,
        imports: [
          JwtAuthModule.forRoot({
            issuer: server.issuer,
            audience: 'api',
            protect,
            requiredScopes: ['one', 'two'],
            strictCoverage: true,
          }),
        ],
        controllers: [PassportController],
      });
      const without = await api.get('/');
      const lacking = await api.get('/', await server.sign({ aud: 'api', scope: 'one' }));
      const good = await api.get('/', await server.sign({ aud: 'api', scope: 'one two' }));
      await api.close();
      expect(without).toMatchObject({
        status: 401,
        challenge: 'Bearer realm="api", scope="one two"',
      });
      expect(lacking).toMatchObject({
        status: 403,
        challenge:
          'Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a scope that this operation needs", scope="one two"',
        body: {
          statusCode: 403,
          error: 'insufficient_scope',
          message: 'The access token lacks a scope that this operation needs',
        },
      });
      expect(lacking.headers.get('cache-control')).toBe('no-store');
      expect(good.status).toBe(200);
    },
  );
});
