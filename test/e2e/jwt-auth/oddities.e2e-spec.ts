import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { TokenVerifier } from 'nestjs-access-tokens';
import type { RunningApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { forgeSigned, goodClaims, publicPart } from '../../support/forge.js';
import { answering, json } from '../../support/hostile-answers.js';
import { audience, startProtectedApi } from '../../support/protected-api.js';

const ALGORITHMS = [
  ['RS256', 'RS256'],
  ['RS384', 'RS384'],
  ['RS512', 'RS512'],
  ['PS256', 'PS256'],
  ['PS384', 'PS384'],
  ['PS512', 'PS512'],
  ['ES256', 'ES256'],
  ['ES384', 'ES384'],
  ['ES512', 'ES512'],
  ['Ed25519', 'Ed25519'],
  ['Ed25519', 'EdDSA'],
  ['EdDSA', 'Ed25519'],
  ['EdDSA', 'EdDSA'],
] as const;

/** Strict is not stubborn: what honest authorization servers do must work. */
describe('an honest token is taken', () => {
  let server: AuthorizationServer;
  let api: RunningApp;
  let clock: TestClock;

  const header = (): Record<string, unknown> => ({
    typ: 'at+jwt',
    alg: 'RS256',
    kid: server.signingKey.kid,
  });

  const signed = (claims: object, head: object = {}): string =>
    forgeSigned(
      { ...header(), ...head },
      { ...goodClaims(server.issuer), ...claims },
      server.signingKey,
    );

  const now = (): number => Math.floor(clock.now() / 1000);

  const expectTaken = async (token: string): Promise<void> =>
    expect(await api.get('/', token)).toMatchObject({ status: 200, challenge: null });

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    clock = new TestClock();
    api = await startProtectedApi({ issuer: server.issuer, clock });
  });

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  it.each([
    'at+jwt',
    'AT+JWT',
    'application/at+jwt',
    'Application/AT+JWT',
    'JWT',
    'jwt',
    undefined,
  ])('with typ %p', async (typ) => {
    await expectTaken(signed({}, { typ }));
  });

  it.each([
    ['a text', audience],
    ['a list of one', [audience]],
    ['one among many', ['account', audience, 'https://other.example.com']],
    ['named twice', [audience, audience]],
  ])('with us as %s in aud', async (_, aud) => {
    await expectTaken(signed({ aud }));
  });

  it('with any of several names of one API', async () => {
    const names = ['api://orders', audience];
    const named = await startProtectedApi({ issuer: server.issuer, audience: names });
    for (const aud of names)
      expect(await named.get('/', signed({ aud }))).toMatchObject({ status: 200 });
    await named.close();
  });

  it.each([
    ['exp 29 seconds ago', () => ({ exp: now() - 29 })],
    ['nbf in 29 seconds', () => ({ nbf: now() + 29 })],
    ['iat in 29 seconds', () => ({ iat: now() + 29 })],
    ['iat with a fraction', () => ({ iat: clock.now() / 1000 })],
    ['nbf with a fraction', () => ({ nbf: clock.now() / 1000 - 0.5 })],
    ['no iat and no nbf', () => ({ iat: undefined, nbf: undefined })],
    ['iat of long ago', () => ({ iat: 1 })],
    ['exp with a fraction', () => ({ exp: clock.now() / 1000 + 300.5 })],
    ['exp of a fraction of a second ago', () => ({ exp: clock.now() / 1000 - 29.5 })],
    ['exp in a hundred years', () => ({ exp: now() + 3_155_760_000 })],
  ])('with %s', async (_, claims) => {
    await expectTaken(signed(claims()));
  });

  it.each<[string, object]>([
    ['no jti, client_id or sub', { jti: undefined, client_id: undefined, sub: undefined }],
    ['extra claims of all shapes', { a: null, b: [1, [2]], c: { d: { e: true } }, f: 1.5, '': '' }],
    ['names in all the scripts of the world', { name: 'Zoë 王小明 👩‍👩‍👧 \u0000', ключ: 'значение' }],
    [
      "Keycloak's claims",
      { typ: 'Bearer', azp: 'web', realm_access: { roles: ['user'] }, acr: '1' },
    ],
    ["Cognito's claims", { token_use: 'access', username: 'a' }],
    ["Entra's claims", { tid: 'a', oid: 'b', scp: 'read', ver: '2.0', aio: 'x', uti: 'y' }],
    ["Auth0's claims", { azp: 'web', gty: 'client-credentials', permissions: ['read'] }],
    ['a nonce, as old servers put there', { nonce: 'n' }],
    [
      'seven kilobytes',
      { groups: Array.from({ length: 200 }, (_, i) => `group-${i}-of-the-team`) },
    ],
  ])('with %s', async (_, claims) => {
    await expectTaken(signed(claims));
  });

  it.each<[string, object]>([
    ['unknown parameters', { foo: 'bar', x: [1] }],
    ['the thumbprint of a certificate', { x5t: 'AAAA', 'x5t#S256': 'AAAA' }],
    ['the content type JSON', { cty: 'application/json' }],
    ['the content type JWT, as of a token that is also sent encrypted', { cty: 'JWT' }],
    ['the compression NONE of ForgeRock AM', { zip: 'NONE' }],
    ['the default of a parameter that it need not name', { b64: true }],
    ['no kid, where one key fits', { kid: undefined }],
  ])('with %s in its header', async (_, head) => {
    await expectTaken(signed({}, head));
  });

  it('with the claims as they came, letter for letter', async () => {
    const claims = { name: 'Zoë 王小明 👩‍👩‍👧', ключ: ['значение'], n: 1.5 };
    const token = await api.app.get(TokenVerifier).verify(signed(claims));
    expect(token.claims).toMatchObject(claims);
  });

  it.each(ALGORITHMS)('signed with a key for %s as %s', async (keyAlg, alg) => {
    const { privateKey } = await generateKeyPair(keyAlg, { extractable: true });
    const key: JWK = { ...(await exportJWK(privateKey)), kid: 'k', alg: keyAlg, use: 'sig' };
    const strangers = [
      { kty: 'AKP', alg: 'ML-DSA-44', kid: 'k', pub: 'AA' },
      { kty: 'oct', kid: 'k2', k: 'AAAA' },
      { kty: 'EC', crv: 'secp256k1', kid: 'k', x: 'AA', y: 'AA' },
    ];
    const { alg: _, ...unlabelled } = publicPart(key);
    for (const published of [publicPart(key), { ...unlabelled, key_ops: ['verify'] }]) {
      server.intercept = answering({ jwks: json({ keys: [...strangers, published] }) });
      const fresh = await startProtectedApi({ issuer: server.issuer });
      const kids = [{ kid: 'k' }, {}];
      for (const kid of kids) {
        const token = forgeSigned(
          { typ: 'at+jwt', alg, ...kid },
          goodClaims(server.issuer),
          key,
          alg,
        );
        expect(await fresh.get('/', token)).toMatchObject({ status: 200 });
      }
      await fresh.close();
    }
    server.clear();
  });
});
