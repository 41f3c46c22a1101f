import { Controller, Get } from '@nestjs/common';
import {
  AccessToken,
  JwtAuthModule,
  RequireClaim,
  RequireClient,
  RequireUser,
} from 'nestjs-access-tokens';
import { platforms, type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { expectDenied } from '../../support/forbidden.js';
import { audience } from '../../support/protected-api.js';

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

@Controller()
class ClaimsController {
  @Get('one')
  @RequireClaim('org', 'acme')
  one() {
    return { ok: true };
  }

  @Get('several')
  @RequireClaim('org', ['acme', 'globex', 7])
  several() {
    return { ok: true };
  }

  @Get('present')
  @RequireClaim('org')
  present() {
    return { ok: true };
  }

  @Get('computed')
  @RequireClaim('org', (org, token) => org === token.clientId)
  computed() {
    return { ok: true };
  }

  @Get('truthy')
  @RequireClaim('org', ((org: unknown) => org) as () => boolean)
  truthy() {
    return { ok: true };
  }

  @Get('path')
  @RequireClaim(['address', 'country'], 'CH')
  path() {
    return { ok: true };
  }

  @Get('inherited')
  @RequireClaim('toString')
  @RequireClaim(['org', 'constructor'])
  inherited() {
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

  @Get('who')
  who(@AccessToken() { isUser, isClient }: AccessToken) {
    return { isUser, isClient };
  }
}

describe.each(platforms)('rules about claims on %s', (platform) => {
  let server: AuthorizationServer;
  let api: RunningApp;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    const imports = [JwtAuthModule.forRoot({ issuer: server.issuer, audience })];
    api = await startApp({ platform, imports, controllers: [ClaimsController] });
  });

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  const get = async (path: string, claims: Record<string, unknown>) =>
    api.get(path, await server.sign(claims));

  it.each([
    ['/one', { org: 'acme' }],
    ['/one', { org: ['globex', 'acme'] }],
    ['/several', { org: 'globex' }],
    ['/several', { org: 7 }],
    ['/present', { org: 'anything' }],
    ['/present', { org: false }],
    ['/computed', { org: 'client' }],
    ['/path', { address: { country: 'CH' } }],
  ])('%s opens to %j', async (path, claims) => {
    expect(await get(path, claims)).toMatchObject({ status: 200, body: { ok: true } });
  });

  it.each([
    ['/one', {}],
    ['/one', { org: 'Acme' }],
    ['/one', { org: 'acme-evil' }],
    ['/one', { org: [['acme']] }],
    ['/one', { org: { acme: true, toString: 'acme' } }],
    ['/one', { Org: 'acme' }],
    ['/one', json('{"__proto__":{"org":"acme"}}')],
    ['/several', { org: '7' }],
    ['/several', { org: true }],
    ['/present', {}],
    ['/present', { org: null }],
    ['/computed', { org: 'other' }],
    ['/computed', {}],
    ['/truthy', { org: 1 }],
    ['/truthy', { org: 'yes' }],
    ['/path', { address: ['country', 'CH'] }],
    ['/path', { 'address.country': 'CH', country: 'CH' }],
    ['/path', json('{"address":{"__proto__":{"country":"CH"}}}')],
    ['/inherited', { org: 'acme' }],
  ])('%s stays closed to %j', async (path, claims) => {
    expectDenied(await get(path, claims));
  });

  const user = { isUser: true, isClient: false };
  const client = { isUser: false, isClient: true };
  const nobody = { isUser: false, isClient: false };

  it.each([
    ['a user', { sub: 'alice', client_id: 'web' }, user],
    ['a user of whom the client is unknown', { sub: 'alice', client_id: undefined }, user],
    ['sub is the client (RFC 9068 section 5)', { sub: 'web', client_id: 'web' }, client],
    ['sub is the client, named azp', { sub: 'web', client_id: undefined, azp: 'web' }, client],
    ['no sub', { sub: undefined, client_id: 'web' }, client],
    ['no sub and no client', { sub: undefined, client_id: undefined }, nobody],
    [
      'Entra: an application',
      { sub: 'f00', client_id: undefined, azp: 'web', idtyp: 'app' },
      client,
    ],
    ['Entra: a user', { sub: 'f00', client_id: undefined, azp: 'web', idtyp: 'user' }, user],
    [
      'Auth0: an application',
      { sub: 'web@clients', client_id: undefined, azp: 'web', gty: 'client-credentials' },
      client,
    ],
    ['Auth0: by sub alone', { sub: 'web@clients', client_id: undefined, azp: 'web' }, client],
    [
      'Keycloak: a service account',
      {
        sub: 'uuid',
        client_id: undefined,
        azp: 'Web',
        preferred_username: 'service-account-web',
      },
      client,
    ],
    [
      'a user who took the name of a client, at a server that lets them (RFC 9700 section 4.15)',
      { sub: 'web', client_id: 'web', auth_time: 1_700_000_000 },
      nobody,
    ],
    [
      'a user who calls himself a service account',
      { sub: 'u', client_id: 'web', preferred_username: 'service-account-web', sid: '1' },
      nobody,
    ],
    [
      'the service account of another client',
      { sub: 'u', client_id: 'web', preferred_username: 'service-account-other' },
      nobody,
    ],
    ['an empty sub', { sub: '', client_id: 'web' }, nobody],
    ['sub as an object', { sub: { id: 'alice' }, client_id: 'web' }, nobody],
    ['sub as an array', { sub: ['alice'], client_id: 'web' }, nobody],
    ['sub as a number', { sub: 5, client_id: 'web' }, nobody],
    ['sub as null', { sub: null, client_id: 'web' }, nobody],
    [
      'claims named as our properties',
      { sub: 'web', client_id: 'web', isUser: true, isClient: false },
      client,
    ],
  ])('tells users and clients apart: %s', async (_, claims, expected) => {
    const token = await server.sign(claims);
    const [who, asUser, asClient] = await Promise.all(
      ['/who', '/user', '/client'].map((path) => api.get(path, token)),
    );
    // A sub that is no text may be refused altogether; it never gets in as somebody.
    if (who?.status === 200) expect(who.body).toEqual(expected);
    expect(asUser?.status === 200).toBe(expected.isUser);
    expect(asClient?.status === 200).toBe(expected.isClient);
  });

  it('answers 403 to the one where the other is wanted', async () => {
    expectDenied(await get('/user', { sub: 'web', client_id: 'web' }));
    expectDenied(await get('/client', { sub: 'alice', client_id: 'web' }));
  });
});

describe('@RequireClaim', () => {
  it.each([
    ["('')", () => RequireClaim(''), '@RequireClaim(): "" is not the name of a claim'],
    ['([])', () => RequireClaim([]), '@RequireClaim(): [] is not the name of a claim'],
    ["('org', [])", () => RequireClaim('org', []), "@RequireClaim('org') has no value to compare"],
    [
      // process.env.ORG that is not set must not open the handler to every organization.
      "('org', undefined)",
      () => RequireClaim('org', undefined as unknown as string),
      "@RequireClaim('org') has no value to compare",
    ],
    [
      "('org', {})",
      () => RequireClaim('org', {} as unknown as string),
      "@RequireClaim('org') has no value to compare",
    ],
  ])('%s is refused when the class is defined', (_, decorate, message) => {
    expect(decorate).toThrow(message);
  });
});
