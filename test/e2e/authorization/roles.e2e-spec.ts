import { Controller, Get } from '@nestjs/common';
import {
  AccessToken,
  CLAIM_SHAPES,
  JwtAuthModule,
  type JwtAuthOptions,
  RequireAnyPermission,
  RequireAnyRole,
  RequirePermission,
  RequireRole,
  RequireScope,
  TokenVerifier,
} from 'nestjs-access-tokens';
import { platforms, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { expectDenied, expectInsufficientScope } from '../../support/forbidden.js';
import { audience } from '../../support/protected-api.js';

@Controller()
class RolesController {
  @Get('admin')
  @RequireRole('admin')
  admin() {
    return { ok: true };
  }

  @Get('both')
  @RequireRole('admin', 'auditor')
  both() {
    return { ok: true };
  }

  @Get('either')
  @RequireAnyRole('admin', 'auditor')
  either() {
    return { ok: true };
  }

  @Get('permission')
  @RequirePermission('read:reports')
  permission() {
    return { ok: true };
  }

  @Get('any-permission')
  @RequireAnyPermission('read:reports', 'write:reports')
  anyPermission() {
    return { ok: true };
  }

  @Get('all')
  @RequireRole('admin')
  @RequirePermission('read:reports')
  @RequireScope('reports')
  all() {
    return { ok: true };
  }

  @Get('token')
  token(@AccessToken() token: AccessToken) {
    return {
      roles: [...token.roles],
      permissions: [...token.permissions],
      has: [token.hasRole('admin'), token.hasPermission('admin')],
    };
  }
}

@Controller('class')
@RequireRole('staff')
class StaffController {
  @Get()
  own() {
    return { ok: true };
  }

  @Get('admin')
  @RequireRole('admin')
  admin() {
    return { ok: true };
  }
}

@Controller('sub')
@RequireRole('sub')
class SubController extends StaffController {}

/** A claim name that only `JSON.parse` can make an own property. */
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('roles and permissions', () => {
  let server: AuthorizationServer;
  let api: RunningApp;

  const start = (more: Partial<JwtAuthOptions> = {}): Promise<RunningApp> =>
    startApp({
      imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience, ...more })],
      controllers: [RolesController, StaffController, SubController],
    });

  const statusOf = async (path: string, claims: object, app = api): Promise<number> =>
    (await app.get(path, await server.sign({ ...claims }))).status;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    api = await start();
  });

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  it('are given to the handler, each from its own claim', async () => {
    const claims = { roles: ['admin', 'staff'], permissions: 'read:reports' };
    const { body } = await api.get('/token', await server.sign(claims));
    expect(body).toEqual({
      roles: ['admin', 'staff'],
      permissions: ['read:reports'],
      has: [true, false],
    });
  });

  it('wants all roles of @RequireRole and one of @RequireAnyRole', async () => {
    expect(await statusOf('/both', { roles: ['admin'] })).toBe(403);
    expect(await statusOf('/both', { roles: ['admin', 'auditor'] })).toBe(200);
    expect(await statusOf('/either', { roles: ['auditor'] })).toBe(200);
    expect(await statusOf('/either', { roles: ['staff'] })).toBe(403);
  });

  it('wants all permissions of @RequirePermission and one of @RequireAnyPermission', async () => {
    expect(await statusOf('/permission', { permissions: ['read:reports'] })).toBe(200);
    expect(await statusOf('/permission', { permissions: ['write:reports'] })).toBe(403);
    expect(await statusOf('/any-permission', { permissions: ['write:reports'] })).toBe(200);
  });

  it('never takes a scope for a role, a role for a permission, or the other way round', async () => {
    expect(await statusOf('/admin', { scope: 'admin', permissions: ['admin'] })).toBe(403);
    expect(await statusOf('/permission', { scope: 'read:reports', roles: ['read:reports'] })).toBe(
      403,
    );
  });

  it('asks for a token before it asks for a role', async () => {
    expect(await api.get('/admin')).toMatchObject({
      status: 401,
      challenge: `Bearer realm="${audience}"`,
    });
  });

  it('adds up with the rules of the class, and of the class that this one extends', async () => {
    expect(await statusOf('/class', { roles: ['admin'] })).toBe(403);
    expect(await statusOf('/class/admin', { roles: ['admin'] })).toBe(403);
    expect(await statusOf('/class/admin', { roles: ['admin', 'staff'] })).toBe(200);
    expect(await statusOf('/sub', { roles: ['sub'] })).toBe(403);
    expect(await statusOf('/sub', { roles: ['staff', 'sub'] })).toBe(200);
    expect(await statusOf('/class', { roles: ['staff'] })).toBe(200);
  });

  it('answers for the missing scope first, and names the scopes when a role is missing', async () => {
    const noScope = await server.sign({ roles: ['admin'] });
    const noRole = await server.sign({ scope: 'reports', permissions: ['read:reports'] });
    expectInsufficientScope(await api.get('/all', noScope), 'reports');
    expectDenied(await api.get('/all', noRole), 'reports');
  });

  it.each([
    ['another case', { roles: ['Admin'] }],
    ['a longer role', { roles: ['admins', 'xadmin', 'admin ', ' admin'] }],
    ['several in one text', { roles: 'admin staff' }],
    ['several with a comma', { roles: ['admin,staff'] }],
    ['an object', { roles: { admin: true } }],
    ['an array of objects', { roles: [{ value: 'admin' }] }],
    ['nested arrays', { roles: [['admin']] }],
    ['true', { roles: true }],
    ['null', { roles: null }],
    [
      'a claim of another name',
      { role: ['admin'], Roles: ['admin'], 'realm_access.roles': 'admin' },
    ],
    ['a claim named as a method', { hasRole: true, isAdmin: true, claims: { roles: ['admin'] } }],
    ['an inherited claim', json('{"__proto__":{"roles":["admin"]}}')],
    [
      'an inherited claim by another way',
      json('{"constructor":{"prototype":{"roles":["admin"]}}}'),
    ],
    ['no claim at all', {}],
  ])('are not found in %s', async (_, claims) => {
    expectDenied(await api.get('/admin', await server.sign(claims)));
  });

  it.each([
    ['a text', 'admin'],
    ['an array', ['staff', 'admin']],
    ['an array with other things in it', [1, null, 'admin']],
  ])('are found in %s', async (_, roles) => {
    expect(await statusOf('/admin', { roles })).toBe(200);
  });

  it('come from all claims of roleClaims together, by name or by path', async () => {
    const app = await start({
      roleClaims: [
        'https://example.com/roles',
        ['realm_access', 'roles'],
        ['a', '0'],
        ['b', 'length'],
      ],
    });
    const statuses = await Promise.all([
      statusOf('/admin', { roles: ['admin'] }, app),
      statusOf('/admin', { 'https://example.com/roles': ['admin'] }, app),
      statusOf('/admin', { realm_access: { roles: ['admin'] } }, app),
      statusOf('/admin', { 'realm_access.roles': ['admin'] }, app),
      statusOf('/admin', { realm_access: ['roles', 'admin'] }, app),
      statusOf('/admin', { realm_access: 'admin' }, app),
      statusOf('/admin', json('{"realm_access":{"__proto__":{"roles":["admin"]}}}'), app),
      statusOf('/admin', { a: ['admin'] }, app),
      statusOf(
        '/both',
        { 'https://example.com/roles': 'auditor', realm_access: { roles: ['admin'] } },
        app,
      ),
    ]);
    await app.close();
    expect(statuses).toEqual([403, 200, 200, 403, 403, 403, 403, 403, 200]);
  });

  it('are sets like any other to those who compare them', async () => {
    const claims = { roles: ['staff'], scope: 'read' };
    const token = await api.app.get(TokenVerifier).verify(await server.sign(claims));
    expect(token).toMatchObject({ roles: new Set(['staff']), permissions: new Set() });
    expect(token.scopes).toEqual(new Set(['read']));
    expect(JSON.parse(JSON.stringify(token))).toMatchObject({ roles: ['staff'], scopes: ['read'] });
  });

  it('are the same after another handler has tried to change them', async () => {
    const attempts: unknown[] = [];
    @Controller()
    class Mutating {
      @Get()
      mutate(@AccessToken() { scopes, roles, permissions, claims }: AccessToken) {
        for (const set of [scopes, roles, permissions] as Set<string>[]) {
          for (const change of [
            () => set.add('admin'),
            () => set.delete('staff'),
            () => set.clear(),
            () => Object.assign(set, { has: () => true }),
            () => Object.assign(claims, { roles: ['admin'] }),
          ]) {
            try {
              attempts.push(change());
            } catch (error) {
              expect(error).toBeInstanceOf(TypeError);
            }
          }
        }
        return { roles: [...roles], has: roles.has('admin') };
      }
    }
    const imports = [JwtAuthModule.forRoot({ issuer: server.issuer, audience })];
    const app = await startApp({ imports, controllers: [Mutating] });
    const token = await server.sign({ roles: ['staff'] });
    const answers = [(await app.get('/', token)).body, (await app.get('/', token)).body];
    await app.close();
    expect(attempts).toEqual([]);
    const unchanged = { roles: ['staff'], has: false };
    expect(answers).toEqual([unchanged, unchanged]);
  });
});

describe('CLAIM_SHAPES', () => {
  let server: AuthorizationServer;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });

  afterAll(() => server.stop());

  it.each([
    ['keycloak', { realm_access: { roles: ['admin'] }, scope: 'openid reports' }, '/admin'],
    ['entra', { roles: ['admin'], scp: 'reports' }, '/admin'],
    ['auth0', { permissions: ['read:reports'], scope: 'reports' }, '/permission'],
    ['cognito', { 'cognito:groups': ['admin'], token_use: 'access' }, '/admin'],
    ['okta', { groups: ['admin'], scp: ['reports'] }, '/admin'],
    ['duende', { role: 'admin' }, '/admin'],
  ] as const)('reads the tokens of %s, and no others', async (name, claims, path) => {
    const api = await startApp({
      imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience, ...CLAIM_SHAPES[name] })],
      controllers: [RolesController],
    });
    const answers = [
      await api.get(path, await server.sign({ ...claims })),
      await api.get(path, await server.sign({ other: ['admin', 'read:reports'] })),
    ];
    await api.close();
    expect(answers.map(({ status }) => status)).toEqual([200, 403]);
  });

  it('takes the roles that one client of Keycloak gives as one more path', async () => {
    const { keycloak } = CLAIM_SHAPES;
    const api = await startApp({
      imports: [
        JwtAuthModule.forRoot({
          issuer: server.issuer,
          audience,
          roleClaims: [...keycloak.roleClaims, ['resource_access', 'orders', 'roles']],
        }),
      ],
      controllers: [RolesController],
    });
    const [own, foreign] = await Promise.all(
      ['orders', 'other'].map(async (client) =>
        api.get(
          '/admin',
          await server.sign({ resource_access: { [client]: { roles: ['admin'] } } }),
        ),
      ),
    );
    await api.close();
    expect([own?.status, foreign?.status]).toEqual([200, 403]);
  });
});

it.each(platforms)('a missing role is answered alike on %s', async (platform) => {
  const server = await AuthorizationServer.start();
  const imports = [JwtAuthModule.forRoot({ issuer: server.issuer, audience })];
  const api = await startApp({ platform, imports, controllers: [RolesController] });
  const answer = await api.get('/admin', await server.sign());
  await api.close();
  await server.stop();
  expectDenied(answer);
});

describe('the decorators of roles and permissions', () => {
  it.each([
    [
      '@RequireRole()',
      () => RequireRole(),
      "@RequireRole() names no role: write @RequireRole('admin')",
    ],
    ["@RequireRole('')", () => RequireRole(''), '@RequireRole(): "" is not a role'],
    [
      '@RequireAnyRole(undefined)',
      () => RequireAnyRole(undefined as unknown as string),
      '@RequireAnyRole(): undefined is not a role',
    ],
    [
      '@RequirePermission()',
      () => RequirePermission(),
      "@RequirePermission() names no permission: write @RequirePermission('read:orders')",
    ],
    [
      '@RequireAnyPermission([])',
      () => RequireAnyPermission([] as unknown as string),
      '@RequireAnyPermission(): [] is not a permission',
    ],
  ])('%s is refused when the class is defined', (_, decorate, message) => {
    expect(decorate).toThrow(message);
  });
});
