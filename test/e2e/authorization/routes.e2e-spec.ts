import { All, Controller, Get, Sse, Version, VersioningType } from '@nestjs/common';
import { JwtAuthModule, Public, RequireRole } from 'nestjs-access-tokens';
import { of } from 'rxjs';
import { platforms, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { audience } from '../../support/protected-api.js';

@Controller({ path: 'base', version: ['1', '2'] })
@RequireRole('staff')
class BaseController {
  @Get()
  plain() {
    return { ok: true };
  }

  @Get('two')
  @Version('2')
  @RequireRole('admin')
  two() {
    return { ok: true };
  }

  @Sse('events')
  events() {
    return of({ data: 'secret' });
  }

  @All('all')
  all() {
    return { ok: true };
  }

  @Get('files/*')
  wildcard() {
    return { ok: true };
  }

  @Get('open')
  @Public()
  open() {
    return { ok: true };
  }
}

/** Opens what it inherits, as far as the inherited handlers have no rules of their own. */
@Controller({ path: 'derived', version: '2' })
@Public()
class DerivedController extends BaseController {}

describe.each(platforms)('every route to a handler on %s', (platform) => {
  let server: AuthorizationServer;
  let api: RunningApp;
  let tokens: Record<string, string>;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    api = await startApp({
      platform,
      imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience })],
      controllers: [BaseController, DerivedController],
      configure: (app) => {
        app.setGlobalPrefix('api');
        app.enableVersioning({ type: VersioningType.URI });
      },
    });
    tokens = {
      nobody: await server.sign({}),
      staff: await server.sign({ roles: ['staff'] }),
      admin: await server.sign({ roles: ['staff', 'admin'] }),
    };
  });

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  const status = async (path: string, who?: string, method = 'GET'): Promise<number> => {
    const headers: Record<string, string> = who ? { authorization: `Bearer ${tokens[who]}` } : {};
    const response = await fetch(`${api.url}/api${path}`, { method, headers });
    await response.text();
    return response.status;
  };

  it.each([
    ['/v1/base'],
    ['/v2/base'],
    ['/v1/base?roles=staff'],
    ['/v1/base/files/a'],
    ['/v1/base/files/%2e%2e%2fopen'],
    ['/v1/base/events'],
    ['/v2/base/all'],
  ])('asks for the same: %s', async (path) => {
    const statuses = [
      await status(path),
      await status(path, 'nobody'),
      await status(path, 'staff'),
    ];
    expect(statuses).toEqual([401, 403, 200]);
  });

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'])(
    'asks for it whatever the method: %s',
    async (method) => {
      expect(await status('/v1/base/all', undefined, method)).toBe(401);
      expect(await status('/v1/base/all', 'nobody', method)).toBe(403);
    },
  );

  it('asks for it on HEAD, which leads to the handler of GET', async () => {
    expect(await status('/v1/base', undefined, 'HEAD')).toBe(401);
    expect(await status('/v1/base', 'nobody', 'HEAD')).toBe(403);
    expect(await status('/v1/base', 'staff', 'HEAD')).toBe(200);
  });

  it('asks for the role of the handler beside that of the class', async () => {
    expect(await status('/v2/base/two', 'staff')).toBe(403);
    expect(await status('/v2/base/two', 'admin')).toBe(200);
  });

  it('is open only where the handler says so, and not beside it', async () => {
    expect(await status('/v1/base/open')).toBe(200);
    expect(await status('/v1/base')).toBe(401);
  });

  it('keeps the rules of a handler that an open controller inherits', async () => {
    expect(await status('/v2/derived')).toBe(200);
    expect(await status('/v2/derived/two')).toBe(401);
    expect(await status('/v2/derived/two', 'staff')).toBe(403);
    expect(await status('/v2/derived/two', 'admin')).toBe(200);
    expect(await status('/v2/base')).toBe(401);
  });
});
