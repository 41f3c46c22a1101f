import { Controller, Get } from '@nestjs/common';
import {
  CLAIM_SHAPES,
  InvalidTokenError,
  JwtAuthModule,
  type JwtAuthOptions,
  RequireClient,
  RequireRole,
  RequireUser,
  TokenClientModule,
  TokenVerifier,
} from 'nestjs-access-tokens';
import { platforms, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { expectDenied } from '../../support/forbidden.js';
import { publicPart } from '../../support/forge.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { audience, expectRefused } from '../../support/protected-api.js';
import { rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

const NOT_AN_ACCESS_TOKEN = 'The token is not an access token';

@Controller()
class SubjectsController {
  @Get()
  any() {
    return { ok: true };
  }

  @Get('user')
  @RequireUser()
  user() {
    return { ok: true };
  }

  @Get('client')
  @RequireClient()
  client() {
    return { ok: true };
  }

  @Get('admin')
  @RequireRole('admin')
  admin() {
    return { ok: true };
  }
}

class DebugLogger extends MemoryLogger {
  debug(...message: unknown[]): void {
    this.lines.push(`debug ${message.slice(0, -1).map(String).join(' ')}`);
  }
}

describe.each(platforms)('whom a token speaks for on %s', (platform) => {
  let server: AuthorizationServer;
  const apps: RunningApp[] = [];
  const logs = new DebugLogger();

  const start = async (options: Partial<JwtAuthOptions> = {}): Promise<RunningApp> => {
    const app = await startApp({
      platform,
      imports: [JwtAuthModule.forRoot({ issuer: server.issuer, audience, ...options })],
      controllers: [SubjectsController],
      configure: (application) => application.useLogger(logs),
    });
    apps.push(app);
    return app;
  };

  /** Of a server from before RFC 9068. */
  const sign = (claims: Record<string, unknown>, header: object = {}) =>
    server.sign({ sub: undefined, client_id: undefined, ...claims }, { typ: 'JWT', ...header });

  const statuses = async (api: RunningApp, token: string) => {
    const answers = await Promise.all(
      ['/', '/user', '/client'].map((path) => api.get(path, token)),
    );
    return answers.map(({ status }) => status);
  };

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    logs.lines.length = 0;
  });

  afterAll(() => server.stop());

  it.each<[string, Record<string, unknown>, header: object]>([
    ['Kubernetes', { sub: 'system:serviceaccount:a:b', 'kubernetes.io': { namespace: 'a' } }, {}],
    ['a job', { sub: 'project_path:a/b:ref_type:branch:ref:main', user_login: 'alice' }, {}],
    ['AWS', { sub: 'arn:aws:iam::111122223333:role/sync' }, {}],
    ['an entity, by its header', { sub: 'e1', scope: 'read' }, { gty: ['client_credentials'] }],
    ['an agent', { sub: 'alice', sub_profile: 'ai_agent', client_id: 'web' }, { typ: 'at+jwt' }],
    ['a lightweight token', { sub: 'u', typ: 'Bearer', azp: 'web', jti: 'trltcc:1' }, {}],
  ])('lets %s in as a client, and not as a user', async (_, claims, header) => {
    expect(await statuses(await start(), await sign(claims, header))).toEqual([200, 403, 200]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['an exchanged token without sub', { typ: 'Bearer', azp: 'web', jti: 'trltte:1' }],
    ['the account of a service', { sub: '1', azp: 'p', uid: 'u', auth_time: 1, scope: 'openid' }],
    ['another name than the client', { sub: '284', client_id: 'sync-bot' }],
  ])('lets %s in as neither, and says what to do', async (_, claims) => {
    const api = await start();
    const token = await sign(claims);
    expectDenied(await api.get('/user', token));
    expectDenied(await api.get('/client', token));
    expect((await api.get('/', token)).status).toBe(200);
    const advice = `debug it is not sure whom a token of "${server.issuer}" speaks for; set subjectKind for this issuer`;
    expect(logs.lines.filter((line) => line === advice)).toHaveLength(2);
  });

  it.each<[JwtAuthOptions['subjectKind'], number[]]>([
    ['user', [200, 200, 403]],
    ['client', [200, 403, 200]],
    [{ otherwise: 'user' }, [200, 200, 403]],
    [{ user: [['sub', /^28/]] }, [200, 200, 403]],
    [{ client: [['header.typ', 'JWT']] }, [200, 403, 200]],
    [{ otherwise: 'none' }, [200, 403, 403]],
  ])('is what subjectKind says: %j', async (subjectKind, expected) => {
    const token = await sign({ sub: '284', client_id: 'web' });
    expect(await statuses(await start({ subjectKind }), token)).toEqual(expected);
    const own = { issuer: server.issuer, subjectKind };
    const issuers = await start({ issuer: undefined, issuers: [own], subjectKind: 'client' });
    expect(await statuses(issuers, token)).toEqual(expected);
    // Once more, by then from memory.
    expect(await statuses(issuers, token)).toEqual(expected);
  });

  describe('with an audience that is the client of a web application as well', () => {
    it.each<[string, Record<string, unknown>]>([
      [
        'Entra',
        { sub: 'Zq', oid: 'o', tid: 't', nonce: 'n', roles: ['admin'], ver: '2.0', uti: 'x' },
      ],
      ['Entra, without a nonce', { sub: 'Zq', oid: 'o', tid: 't', roles: ['admin'], ver: '2.0' }],
      ['any server', { sub: 'u', azp: audience, email: 'a@example.com', sid: 's' }],
      ['any server, with roles', { sub: 'u', roles: ['admin'], auth_time: 1 }],
      ['any server, with next to nothing', { sub: 'u' }],
      ['a user named as a workload', { sub: 'system:x', auth_time: 1, email: 'a@example.com' }],
      ['a user named as a job', { sub: 'repo:a/b', azp: audience, sid: 's' }],
    ])('refuses an ID token of %s', async (_, claims) => {
      const api = await start(CLAIM_SHAPES.entra);
      const token = await sign(claims);
      for (const path of ['/', '/user', '/client', '/admin'])
        expectRefused(await api.get(path, token), NOT_AN_ACCESS_TOKEN);
    });

    it('takes a token that nothing marks only where the option says so', async () => {
      const token = await sign({ sub: 'alice' });
      const strict = await start();
      expectRefused(await strict.get('/', token), NOT_AN_ACCESS_TOKEN);
      const error = await rejection(strict.app.get(TokenVerifier).verify(token));
      expect(error).toBeInstanceOf(InvalidTokenError);
      expect(error).toMatchObject({ reason: 'kind' });
      expect((error as InvalidTokenError).detail).toMatch(/^nothing says .*acceptUnmarkedTokens/);
      const open = await start({ acceptUnmarkedTokens: true });
      expect((await open.get('/', token)).status).toBe(200);
      const marked = await sign({ sub: 'alice', nonce: 'n' });
      expectRefused(await open.get('/', marked), NOT_AN_ACCESS_TOKEN);
    });

    it('takes it where the keys were given by hand, unless the option says otherwise', async () => {
      const token = await sign({ sub: 'alice' });
      const jwks = { keys: [publicPart(server.signingKey)] };
      expect((await (await start({ jwks })).get('/', token)).status).toBe(200);
      const strict = await start({ jwks, acceptUnmarkedTokens: false });
      expectRefused(await strict.get('/', token), NOT_AN_ACCESS_TOKEN);
    });
  });
});

describe('an API that has the name of a client', () => {
  const clients = {
    issuer: 'https://id.example.com',
    clientId: 'shop',
    clientSecret: 'secret-of-the-shop',
    clients: {
      own: { baseURL: 'https://a.example.com', clientId: 'own', clientSecret: 'x'.repeat(32) },
    },
  };
  const warning = (name: string) =>
    `warn [JwtAuthModule] audience '${name}' is the clientId of TokenClientModule as well, so ID tokens of this client have the same audience as access tokens. Give the API an identifier of its own, or set profile: 'rfc9068' if its access tokens have typ at+jwt.`;

  const warnings = async (options: Partial<JwtAuthOptions>, withClients = true) => {
    const { issuer } = clients;
    const api = JwtAuthModule.forRoot({ issuer, audience: 'shop', warmUp: 'lazy', ...options });
    const imports = withClients ? [api, TokenClientModule.forRoot(clients)] : [api];
    const { logs } = await TokenClients.start(imports);
    return logs.lines.filter((line) => line.startsWith('warn [JwtAuthModule]'));
  };

  afterEach(() => TokenClients.stopAll());

  it.each<[string, Partial<JwtAuthOptions>, string[]]>([
    ['by its audience', {}, [warning('shop')]],
    ['by one of several', { audience: ['api', 'own', 'shop'] }, [warning('own'), warning('shop')]],
    ['not', { audience: 'https://shop.example.com' }, []],
    ['by its audience, where typ tells tokens apart', { profile: 'rfc9068' }, []],
  ])('warns when it starts: %s', async (_, options, expected) => {
    expect(await warnings(options)).toEqual(expected);
  });

  it('warns of nothing where there are no clients', async () => {
    expect(await warnings({}, false)).toEqual([]);
  });
});
