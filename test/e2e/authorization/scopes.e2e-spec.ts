import { Controller, type ExecutionContext, Get, NotFoundException } from '@nestjs/common';
import {
  AccessToken,
  JwtAuthModule,
  type JwtAuthOptions,
  OptionalAuth,
  RequireAnyScope,
  RequireScope,
  TokenVerifier,
} from 'nestjs-access-tokens';
import { platforms, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { expectDenied, expectInsufficientScope } from '../../support/forbidden.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { audience } from '../../support/protected-api.js';

let server: AuthorizationServer;

beforeAll(async () => {
  server = await AuthorizationServer.start();
});

afterAll(() => server.stop());

describe('impliedScopes', () => {
  @Controller()
  class ScopedController {
    @Get('read')
    @RequireScope('read')
    read(@AccessToken() token: AccessToken) {
      return { scopes: [...token.scopes], granted: token.claims['scope'] };
    }

    @Get('other')
    @RequireScope('other')
    other() {
      return { ok: true };
    }
  }

  const start = (impliedScopes: JwtAuthOptions['impliedScopes']): Promise<RunningApp> =>
    startApp({
      imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience, impliedScopes })],
      controllers: [ScopedController],
    });

  it('lets one scope stand for others, and these for more, but never the other way round', async () => {
    const api = await start({ admin: ['write', 'delete'], write: ['read'] });
    const [admin, write, remove, mixed] = await Promise.all(
      ['admin', 'write', 'delete', 'Admin xadmin adminx'].map(async (scope) =>
        api.get('/read', await server.sign({ scope })),
      ),
    );
    await api.close();
    expect(admin).toMatchObject({
      status: 200,
      body: { scopes: ['admin', 'write', 'read', 'delete'], granted: 'admin' },
    });
    expect(write).toMatchObject({ status: 200, body: { scopes: ['write', 'read'] } });
    expect(remove?.status).toBe(403);
    expect(mixed?.status).toBe(403);
  });

  it('is not led astray by cycles', async () => {
    const api = await start({ a: ['b'], b: ['c', 'a'], c: ['c', 'read'] });
    const statuses = await Promise.all(
      ['a', 'b', 'c', 'read'].map(
        async (scope) => (await api.get('/read', await server.sign({ scope }))).status,
      ),
    );
    const backwards = await api.get('/other', await server.sign({ scope: 'read' }));
    await api.close();
    expect(statuses).toEqual([200, 200, 200, 200]);
    expect(backwards.status).toBe(403);
  });

  it('gives nothing to scopes that are named as what every object has', async () => {
    const api = await start({ admin: ['read'] });
    const statuses = await Promise.all(
      ['constructor', '__proto__', 'toString', 'hasOwnProperty'].map(
        async (scope) => (await api.get('/read', await server.sign({ scope }))).status,
      ),
    );
    await api.close();
    expect(statuses).toEqual([403, 403, 403, 403]);
  });

  it('holds for the TokenVerifier as well', async () => {
    const api = await start({ admin: ['read'] });
    const token = await api.app.get(TokenVerifier).verify(await server.sign({ scope: 'admin' }));
    await api.close();
    expect([token.hasScope('read'), token.hasScope('write')]).toEqual([true, false]);
  });
});

const tenantOf = (context: ExecutionContext): string =>
  context.switchToHttp().getRequest<{ params: { tenant: string } }>().params.tenant;

const calls: string[] = [];

@Controller('tenants/:tenant')
@RequireScope('api')
class TenantController {
  @Get('sync')
  @RequireScope((context) => `tenant:${tenantOf(context)}:read`)
  sync() {
    return { ok: true };
  }

  @Get('async')
  @RequireScope(async (context: ExecutionContext) => {
    calls.push(tenantOf(context));
    return Promise.resolve([`tenant:${tenantOf(context)}:read`, 'audit']);
  })
  async() {
    return { ok: true };
  }

  @Get('any')
  @RequireAnyScope((context) => [`tenant:${tenantOf(context)}:read`, 'tenant:all:read'])
  any() {
    return { ok: true };
  }

  @Get('faulty')
  @RequireScope(
    (context) =>
      ({ empty: [], text: '', two: 'a b', quote: 'a"b', number: 5, nothing: undefined })[
        tenantOf(context)
      ] as string,
  )
  faulty() {
    return { ok: true };
  }

  @Get('throwing')
  @RequireScope((context) => {
    if (tenantOf(context) === 'unknown') throw new NotFoundException('No such tenant');
    throw new Error('the database is down');
  })
  throwing() {
    return { ok: true };
  }

  @Get('optional')
  @OptionalAuth()
  optional() {
    return { ok: true };
  }
}

describe.each(platforms)('scopes computed from the request on %s', (platform) => {
  let api: RunningApp;
  let logger: MemoryLogger;

  const get = async (path: string, scope: string) =>
    api.get(`/tenants/${path}`, await server.sign({ scope }));

  beforeAll(async () => {
    logger = new MemoryLogger();
    api = await startApp({
      platform,
      imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience })],
      controllers: [TenantController],
      configure: (app) => app.useLogger(logger),
    });
  });

  afterAll(() => api.close());

  it('are needed, and named in the challenge together with the others', async () => {
    expect((await get('x/sync', 'api tenant:x:read')).status).toBe(200);
    expectInsufficientScope(await get('x/sync', 'api tenant:y:read'), 'api tenant:x:read');
    expectInsufficientScope(await get('x/sync', 'tenant:x:read'), 'api tenant:x:read');
  });

  it('are named when no token came, so that the client knows what to ask for', async () => {
    expect(await api.get('/tenants/x/sync')).toMatchObject({
      status: 401,
      challenge: `Bearer realm="${audience}", scope="api tenant:x:read"`,
    });
  });

  it('may come later and be several, and are computed once for a request', async () => {
    calls.length = 0;
    expect((await get('x/async', 'api tenant:x:read audit')).status).toBe(200);
    expectInsufficientScope(await get('y/async', 'api tenant:y:read'), 'api tenant:y:read audit');
    expect(calls).toEqual(['x', 'y']);
  });

  it('may be alternatives', async () => {
    expect((await get('x/any', 'api tenant:all:read')).status).toBe(200);
    expectInsufficientScope(
      await get('x/any', 'api tenant:y:read'),
      'api tenant:x:read tenant:all:read',
    );
  });

  it('compare exactly, whatever a client writes into the URL', async () => {
    const granted = 'api tenant:x:read';
    expect((await get('X/sync', granted)).status).toBe(403);
    expect((await get('x:read/sync', granted)).status).toBe(403);
    expect((await get('x%00/sync', granted)).status).toBe(403);
    // A space would end the scope and begin another one.
    expectDenied(await get('x:read%20tenant:y/sync', granted), 'api');
  });

  it.each(['empty', 'text', 'two', 'quote', 'number', 'nothing'])(
    'close the handler where they are no scopes (%s), and the log says so',
    async (fault) => {
      logger.lines.length = 0;
      expectDenied(await get(`${fault}/faulty`, 'api a b'), 'api');
      expect(logger.lines.filter((line) => line.includes('TenantController.faulty'))).toEqual([
        expect.stringMatching(/^warn \[JwtAuthModule\] .* not a scope or a list of scopes/),
      ]);
    },
  );

  it('answer what the function throws: it is not the fault of the token', async () => {
    expect(await get('unknown/throwing', 'api')).toMatchObject({
      status: 404,
      challenge: null,
      body: { message: 'No such tenant' },
    });
    expect(await get('x/throwing', 'api')).toMatchObject({ status: 500, challenge: null });
    expect(logger.lines.join('\n')).toContain('the database is down');
  });

  it('do not let a function that throws stand before the demand for a token', async () => {
    for (const tenant of ['unknown', 'x']) {
      expect(await api.get(`/tenants/${tenant}/throwing`)).toMatchObject({
        status: 401,
        challenge: `Bearer realm="${audience}", scope="api"`,
      });
    }
  });

  it('are no matter to a request without a token that @OptionalAuth() lets through', async () => {
    expect((await api.get('/tenants/x/optional')).status).toBe(200);
  });
});

describe('@RequireScope', () => {
  it('takes texts or one function, not both', () => {
    const mixed = ['a', () => 'b'] as unknown as [string];
    expect(() => RequireScope(...mixed)).toThrow('is not one scope');
  });
});
