import { InvalidTokenError, TokenVerifier } from 'nestjs-access-tokens';
import type { RunningApp } from '../../../support/app.js';
import { AuthorizationServer } from '../../../support/authorization-server.js';
import { forgeSigned, goodClaims } from '../../../support/forge.js';
import { audience, expectRefused, startProtectedApi } from '../../../support/protected-api.js';

const NOTHING = { discovery: 0, jwks: 0, token: 0, other: 0 };
const FOREIGN_ISSUER = 'The access token comes from an issuer that is not trusted here';
const FOREIGN_AUDIENCE = 'The access token is meant for another audience';
const NOT_AN_ACCESS_TOKEN = 'The token is not an access token';
const BOUND = 'The access token is bound to a key that was not proven';

/** Every token here is signed by the issuer with its own key. It is no access token, or allows less than it seems. */
describe('claims', () => {
  let server: AuthorizationServer;
  let api: RunningApp;

  const signed = (claims: object, head: object = {}): string =>
    forgeSigned(
      { typ: 'at+jwt', alg: 'RS256', kid: server.signingKey.kid, ...head },
      { ...goodClaims(server.issuer), ...claims },
      server.signingKey,
    );

  /** Not even the key is looked for: its name is one that nobody has heard of. */
  const expectRefusedWithoutFetch = async (claims: object, message: string): Promise<void> => {
    expectRefused(await api.get('/', signed(claims, { kid: crypto.randomUUID() })), message);
    expect(server.requests).toEqual(NOTHING);
    expectRefused(await api.get('/', signed(claims)), message);
  };

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    api = await startProtectedApi({ issuer: server.issuer });
    expect(await api.get('/', signed({}))).toMatchObject({ status: 200 });
  });

  beforeEach(() => server.clear());

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  describe('of another kind of token', () => {
    it.each([
      ['an ID token with the hash of an access token', { at_hash: 'MTIz', nonce: 'n' }],
      ['an ID token with the hash of a code', { c_hash: 'MTIz' }],
      ['an ID token with the hash of a state', { s_hash: 'MTIz' }],
      ['a hash that is null', { at_hash: null }],
      ['a logout token', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }],
      ['an introspection answer', { token_introspection: { active: true } }],
      ["Keycloak's ID token", { typ: 'ID' }],
      ["Keycloak's refresh token", { typ: 'Refresh' }],
      ["Keycloak's offline token", { typ: 'Offline' }],
      ["Keycloak's logout token", { typ: 'Logout' }],
      ["Cognito's ID token", { token_use: 'id' }],
      ['a token for a use that is no text', { token_use: ['access'] }],
    ])('refuse %s', async (_, claims) => {
      await expectRefusedWithoutFetch(claims, NOT_AN_ACCESS_TOKEN);
      const withoutTyp = signed(claims, { typ: undefined });
      expectRefused(await api.get('/', withoutTyp), NOT_AN_ACCESS_TOKEN);
    });

    it('refuse a client assertion, whose issuer is the client', async () => {
      const claims = { iss: 'web', sub: 'web', aud: server.issuer };
      await expectRefusedWithoutFetch(claims, FOREIGN_ISSUER);
    });

    it.each([
      ['an ID token without any mark', { aud: 'web', nonce: 'n', azp: 'web' }],
      ['an answer of the userinfo endpoint', { aud: 'web' }],
      ['a grant for the authorization server', (issuer: string) => ({ aud: issuer })],
    ])('refuse %s, which is meant for somebody else', async (_, claims) => {
      const changed = typeof claims === 'function' ? claims(server.issuer) : claims;
      const token = signed(changed, { typ: 'JWT' });
      expectRefused(await api.get('/', token), FOREIGN_AUDIENCE);
    });

    it.each([
      ['a DPoP key', { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' }],
      ['a certificate', { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' }],
      ['both', { jkt: 'a', 'x5t#S256': 'b' }],
      ['something unknown', { kid: 'a' }],
      ['nothing', {}],
      ['null', null],
      ['false', false],
    ])('refuse a token that is bound to %s: nothing has been proven', async (_, cnf) => {
      expectRefused(await api.get('/', signed({ cnf })), BOUND);
    });
  });

  it.each([
    ['empty', ''],
    ['an object', { sub: 'alice' }],
    ['a list', ['alice']],
    ['a number', 1],
    ['null', null],
  ])('name nobody when sub is %s', async (_, sub) => {
    const { status, body } = await api.get('/', signed({ sub, client_id: 'web' }));
    expect({ status, body }).toEqual({ status: 200, body: { subject: null } });
  });

  describe('that hold scopes', () => {
    const separators = ['\t', '\n', '\u00a0', '\u2003', '\u3000', '\u200b', '\u0000', '%20', '+'];
    const lists = [...separators, ',', ';', '|'].map((separator) => `x${separator}read`);
    const near = ['READ', 'Read', 'reader', 'read:all', 'read.', 'rea', '*', 'ｒead', '"read"'];
    const shapes = [{ read: true }, 1, true, null, [['read']], [{ scope: 'read' }], { 0: 'read' }];

    it.each([...lists, ...near, ...shapes])('do not grant read with scope %j', async (scope) => {
      const { status, challenge } = await api.get('/read', signed({ scope }));
      expect(status).toBe(403);
      expect(challenge).toContain('error="insufficient_scope"');
      expect(challenge).toMatch(/, scope="read"$/);
    });

    it.each(['hasOwnProperty', '__proto__', 'scopes', 'permissions', 'roles', 'Scope', 'scp '])(
      'do not grant it in the claim %s',
      async (name) => {
        const { status } = await api.get('/read', signed({ [name]: { scope: 'read' } }));
        expect(status).toBe(403);
        expect((await api.get('/read', signed({ [name]: ['read'] }))).status).toBe(403);
      },
    );
  });

  it('cannot overwrite what the token can do', async () => {
    const posing = {
      ...JSON.parse('{"then":"b","__proto__":{"hasScope":"a"}}'),
      hasScope: 'read',
      scopes: ['read'],
      issuer: 'https://evil.example.com',
      subject: 'root',
      clientId: 'root',
      audience: [],
      claims: {},
      raw: 'raw',
      expiresAt: 0,
      toJSON: 'a',
      isClient: true,
      constructor: 'c',
    };
    const token = await api.app.get(TokenVerifier).verify(signed(posing));
    expect(token).toMatchObject({ issuer: server.issuer, subject: 'alice', clientId: 'web' });
    expect(token.audience).toEqual([audience]);
    expect(token.hasScope('read')).toBe(false);
    expect(token.claims).toMatchObject(posing);
    expect((await api.get('/read', signed(posing))).status).toBe(403);
    expect((await api.get('/', signed(posing))).body).toEqual({ subject: 'alice' });
  });

  it('are all refused with one error of this package, whichever of them is bad', async () => {
    const verifier = api.app.get(TokenVerifier);
    for (const claims of [{ exp: 1 }, { iss: 1 }, { aud: 1 }, { cnf: 1 }, { events: 1 }])
      await expect(verifier.verify(signed(claims))).rejects.toBeInstanceOf(InvalidTokenError);
  });
});
