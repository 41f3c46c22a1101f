import { createPublicKey } from 'node:crypto';
import { Controller, Get } from '@nestjs/common';
import { SignJWT } from 'jose';
import {
  AccessToken,
  CLAIM_SHAPES,
  JwtAuthModule,
  type JwtAuthOptions,
  RequireRole,
} from 'nestjs-access-tokens';
import { type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { forge, publicPart } from '../../support/forge.js';
import { RecordingServer } from '../../support/recording-server.js';

const audience = 'https://api.example.com';

@Controller()
class WhoController {
  @Get()
  who(@AccessToken() token: AccessToken) {
    return { audience: token.audience, roles: [...token.roles].toSorted() };
  }

  @Get('admin')
  @RequireRole('admin')
  admin() {
    return {};
  }
}

describe('what an API can trust', () => {
  let server: AuthorizationServer;
  const apps: RunningApp[] = [];

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });

  afterEach(async () => {
    server.clear();
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });

  afterAll(() => server.stop());

  async function start(options: Partial<JwtAuthOptions>): Promise<RunningApp> {
    const app = await startApp({
      imports: [JwtAuthModule.forRoot({ audience, issuer: server.issuer, ...options })],
      controllers: [WhoController],
    });
    apps.push(app);
    return app;
  }

  describe('where servers name no audience', () => {
    const cases: [string, JwtAuthOptions['audienceClaims'], string, object, number][] = [
      ['the client (Cognito)', ['aud', 'client_id'], 'web', { client_id: 'web' }, 200],
      ['another client', ['aud', 'client_id'], 'web', { client_id: 'other' }, 401],
      ['in other letters', ['aud', 'client_id'], 'web', { client_id: 'Web' }, 401],
      ['nobody at all', ['aud', 'client_id'], 'web', { client_id: undefined }, 401],
      ['no text', ['aud', 'client_id'], 'web', { client_id: { web: 'web' } }, 401],
      ['null', ['aud', 'client_id'], 'web', { client_id: null }, 401],
      ['an audience that is us', ['aud', 'client_id'], audience, { aud: audience }, 200],
      ['somebody else', ['aud', 'client_id'], 'web', { aud: 'other', client_id: 'web' }, 401],
      ['nobody in a list', ['aud', 'client_id'], 'web', { aud: [], client_id: 'web' }, 401],
      ['an empty audience', ['aud', 'client_id'], 'web', { aud: '', client_id: 'web' }, 401],
      ['null as audience', ['aud', 'client_id'], 'web', { aud: null, client_id: 'web' }, 401],
      ['somebody else besides', ['client_id'], 'web', { aud: 'other', client_id: 'web' }, 401],
      ['them in that order', ['client_id', 'aud'], 'web', { aud: 'other', client_id: 'web' }, 401],
      ['the party (Clerk)', ['azp'], 'https://app', { azp: 'https://app', sid: '1' }, 200],
      ['another party', ['azp'], 'https://app', { azp: 'https://evil', sid: '1' }, 401],
      ['it in an object', [['ctx', 'app']], 'web', { ctx: { app: ['web', 'more'] } }, 200],
      ['what all objects have', [['ctx', 'constructor', 'name']], 'Object', { ctx: {} }, 401],
    ];

    it.each(cases)(
      'looks at what they name: %s',
      async (_case, audienceClaims, name, claims, status) => {
        const api = await start({ audience: name, audienceClaims });
        const token = await server.sign({ aud: undefined, ...claims });
        expect((await api.get('/', token)).status).toBe(status);
      },
    );

    it('looks at the issuer where that is the application (WorkOS)', async () => {
      const api = await start({ audience: server.issuer, audienceClaims: ['iss'] });
      const answer = await api.get('/', await server.sign({ aud: undefined }));
      expect(answer).toMatchObject({ status: 200, body: { audience: [server.issuer] } });
      expect((await api.get('/', await server.sign({ aud: 'other' }))).status).toBe(401);
    });

    it('asks for an audience unless it is told otherwise', async () => {
      const api = await start({ audience: 'web' });
      const token = await server.sign({ aud: undefined, client_id: 'web' });
      expect((await api.get('/', token)).status).toBe(401);
    });

    it('does so for one issuer alone', async () => {
      const other = await AuthorizationServer.start();
      const own = { issuer: other.issuer, audience: 'web', ...CLAIM_SHAPES.cognito };
      const api = await start({ issuer: undefined, issuers: [server.issuer, own] });
      const claims = { aud: undefined, client_id: 'web', token_use: 'access' };
      const header = { typ: 'JWT' };
      expect(await api.get('/', await other.sign(claims, header))).toMatchObject({
        status: 200,
        body: { audience: ['web'] },
      });
      expect((await api.get('/', await server.sign(claims, header))).status).toBe(401);
      // An ID token of the same client has an audience, which is the client.
      const idToken = { ...claims, aud: 'web', token_use: 'id' };
      expect((await api.get('/', await other.sign(idToken, header))).status).toBe(401);
      await other.stop();
    });
  });

  describe('of roles that are names in an object', () => {
    it.each<[string, object, string[]]>([
      ['each of them', { roles: { admin: { '1': 'acme' }, editor: {} } }, ['admin', 'editor']],
      ['not what is empty', { roles: { admin: false, editor: null, a: 0, b: '', c: 1 } }, ['c']],
      ['nothing of a list', { roles: ['admin'] }, []],
      ['nothing of a text', { roles: 'admin' }, []],
      ['nothing where there is none', {}, []],
      ['not what all objects have', { roles: {} }, []],
    ])('are %s', async (_case, claims, roles) => {
      const api = await start({ roleClaims: [{ path: 'roles', keys: true }] });
      const token = await server.sign({ ...claims });
      expect((await api.get('/', token)).body).toMatchObject({ roles });
      expect((await api.get('/admin', token)).status).toBe(roles.includes('admin') ? 200 : 403);
    });

    it('are found at a path, and beside others', async () => {
      const api = await start({
        roleClaims: ['groups', { path: ['app', 'roles'], keys: true }],
      });
      const token = await server.sign({ groups: ['a'], app: { roles: { admin: true } } });
      expect((await api.get('/', token)).body).toMatchObject({ roles: ['a', 'admin'] });
    });

    it('are those of Zitadel', async () => {
      const api = await start(CLAIM_SHAPES.zitadel);
      const roles = { admin: { '2699': 'acme.example' } };
      const token = await server.sign({ 'urn:zitadel:iam:org:project:roles': roles });
      expect((await api.get('/admin', token)).status).toBe(200);
    });

    it('are not the names of an object unless that is asked for', async () => {
      const api = await start({});
      const token = await server.sign({ roles: { admin: {} } });
      expect((await api.get('/admin', token)).status).toBe(403);
    });
  });

  describe('of a secret beside public keys', () => {
    const secret = 's'.repeat(48);
    const hmac = (key: Buffer | string, alg = 'HS256', kid?: string) =>
      new SignJWT({ scope: 'a' })
        .setProtectedHeader({ alg, ...(kid && { kid }) })
        .setIssuer(server.issuer)
        .setAudience(audience)
        .setExpirationTime('1m')
        .sign(Buffer.from(key));
    const pem = () =>
      createPublicKey({ key: publicPart(server.signingKey) as never, format: 'jwk' })
        .export({ format: 'pem', type: 'spki' })
        .toString();

    it.each<[string, () => Partial<JwtAuthOptions>]>([
      ['jwksUri', () => ({ jwksUri: `${server.issuer}/jwks` })],
      ['jwks', () => ({ jwks: { keys: [publicPart(server.signingKey)] } })],
      ['publicKey', () => ({ publicKey: pem() })],
      [
        'jwksClient',
        () => ({ jwksClient: { getKeys: async () => [publicPart(server.signingKey)] } }),
      ],
    ])('both, with %s, each by its algorithms', async (_case, keys) => {
      const api = await start({ secret, ...keys() });
      const { kid } = server.signingKey;
      const jwk = JSON.stringify(publicPart(server.signingKey));
      const tokens = {
        'the key': [await server.sign(), 200],
        'the secret': [await hmac(secret), 200],
        'the secret, by the name of the key': [await hmac(secret, 'HS384', kid), 200],
        'a secret too short for it': [await hmac(secret.padEnd(64, 's'), 'HS512'), 401],
        'another secret': [await hmac('t'.repeat(48)), 401],
        'the public key as a secret': [await hmac(pem(), 'HS256', kid), 401],
        'the JWK as a secret': [await hmac(jwk, 'HS256', kid), 401],
        nobody: [forge({ alg: 'none' }, { iss: server.issuer, aud: audience }), 401],
      } as const;
      for (const [by, [token, status]] of Object.entries(tokens)) {
        expect([by, (await api.get('/', token)).status]).toEqual([by, status]);
      }
    });

    it('and no keys are fetched for what claims to be made with it', async () => {
      const api = await start({ secret, jwksUri: `${server.issuer}/jwks`, warmUp: 'eager' });
      const fetched = server.requests.jwks;
      const bad = await Promise.all([1, 2, 3, 4].map((i) => hmac(`${i}`.repeat(48))));
      for (const token of bad) expect((await api.get('/', token)).status).toBe(401);
      expect(server.requests.jwks).toBe(fetched);
    });

    it('and the secret goes on where the keys cannot be had', async () => {
      const api = await start({ secret, jwksUri: 'http://127.0.0.1:1/jwks', warmUp: 'lazy' });
      expect((await api.get('/', await hmac(secret))).status).toBe(200);
      expect((await api.get('/', await server.sign())).status).toBe(503);
    });

    it('and algorithms are those of the public keys', async () => {
      const jwksUri = `${server.issuer}/jwks`;
      const api = await start({ secret, jwksUri, algorithms: ['ES256'] });
      expect((await api.get('/', await hmac(secret))).status).toBe(200);
      expect((await api.get('/', await server.sign())).status).toBe(401);
    });
  });

  describe('of a key that is published for one issuer', () => {
    let keys: RecordingServer;
    const tenant = '11111111-2222-3333-4444-555555555555';
    const issuer = `https://login.example.com/${tenant}/v2.0`;
    const older = `https://sts.windows.net/${tenant}/`;

    beforeAll(async () => {
      keys = await RecordingServer.start();
    });

    afterAll(() => keys.stop());

    it.each<[string, unknown, object, number]>([
      ['no issuer', undefined, { iss: issuer }, 200],
      ['this one', issuer, { iss: issuer }, 200],
      ['that of another tenant', `https://login.example.com/other/v2.0`, { iss: issuer }, 401],
      ['one that is no text', 1, { iss: issuer }, 503],
      [
        'a template',
        'https://login.example.com/{tenantid}/v2.0',
        { iss: issuer, tid: tenant },
        200,
      ],
      ['a template without tid', 'https://login.example.com/{tenantid}/v2.0', { iss: issuer }, 401],
      ['another tid', 'https://login.example.com/{tenantid}/v2.0', { iss: issuer, tid: 'x' }, 401],
      [
        'another template',
        'https://evil.example/{tenantid}/v2.0',
        { iss: issuer, tid: tenant },
        401,
      ],
      [
        'a template, the token in the older form',
        'https://login.example.com/{tenantid}/v2.0',
        { iss: older, tid: tenant },
        200,
      ],
      [
        'a template, the token in the older form of another tenant',
        'https://login.example.com/{tenantid}/v2.0',
        { iss: older, tid: 'x' },
        401,
      ],
      ['a pattern of replacement', 'https://x/{tenantid}', { iss: issuer, tid: '$&' }, 401],
    ])('vouches for it alone: %s', async (_case, named, claims, status) => {
      const key = { ...publicPart(server.signingKey), issuer: named };
      keys.respond = () => ({ body: { keys: [key] } });
      const jwksUri = `${keys.origin}/common`;
      const api = await start({
        issuer: undefined,
        issuers: [issuer, older].map((name) => ({ issuer: name, jwksUri })),
      });
      expect((await api.get('/', await server.sign({ ...claims }))).status).toBe(status);
    });
  });
});
