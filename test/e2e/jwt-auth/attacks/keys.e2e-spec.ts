import { generateKeyPairSync } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { RunningApp } from '../../../support/app.js';
import { AuthorizationServer } from '../../../support/authorization-server.js';
import { TestClock } from '../../../support/clock.js';
import { forgeSigned, goodClaims, publicPart } from '../../../support/forge.js';
import {
  answering,
  cutOff,
  flood,
  gzipBomb,
  hurryTimeouts,
  json,
  neverEnding,
  redirectTo,
  type Reply,
  silence,
  status,
  text,
} from '../../../support/hostile-answers.js';
import {
  expectRefused,
  expectUnavailable,
  startProtectedApi,
} from '../../../support/protected-api.js';
import { RecordingServer } from '../../../support/recording-server.js';

/** The authorization server, or whoever sits between, answers with evil where its keys should be. */
describe('a poisoned key set', () => {
  let server: AuthorizationServer;
  let elsewhere: RecordingServer;
  let clock: TestClock;
  let api: RunningApp;
  let evil: JWK;

  const signed = (key: JWK = server.signingKey, kid: unknown = key.kid): string => {
    const claims = { ...goodClaims(server.issuer), exp: Math.floor(Date.now() / 1000) + 86_400 };
    return forgeSigned({ typ: 'at+jwt', alg: key.alg ?? 'RS256', kid }, claims, key);
  };

  const publish = (...keys: unknown[]): void => {
    server.intercept = answering({ jwks: json({ keys }) });
  };

  const restart = async (): Promise<void> => {
    await api?.close();
    api = await startProtectedApi({ issuer: server.issuer, clock });
  };

  beforeAll(async () => {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    evil = { ...(await exportJWK(privateKey)), kid: 'evil', alg: 'RS256' };
    elsewhere = await RecordingServer.start(() => ({ body: { keys: [publicPart(evil)] } }));
    server = await AuthorizationServer.start();
  });

  beforeEach(() => {
    clock = new TestClock();
    server.clear();
    elsewhere.requests.length = 0;
  });

  afterEach(() => jest.restoreAllMocks());

  afterAll(async () => {
    await api.close();
    await Promise.all([server.stop(), elsewhere.stop()]);
  });

  const manyKeys = (): JWK[] =>
    Array.from({ length: 10_000 }, (_, i) => ({ kty: 'EC', crv: 'P-256', kid: `k${i}` }));

  const answers: [string, () => Reply][] = [
    ['a redirect to another host', () => redirectTo(elsewhere.origin)],
    ['a permanent redirect', () => redirectTo(elsewhere.origin, 308)],
    ['a redirect to itself', () => redirectTo('/jwks')],
    ['a redirect to a file', () => redirectTo('file:///etc/passwd')],
    ['HTML', () => text('<html><script>1</script></html>', 'text/html')],
    ['nothing', () => text('')],
    ['JSON that is cut off', () => text('{"keys":[{"kty":"RSA"')],
    ['a list', () => json([])],
    ['null', () => json(null)],
    ['no keys', () => json({})],
    ['keys that are no list', () => json({ keys: { 0: publicPart(evil) } })],
    ['an empty list of keys', () => json({ keys: [] })],
    ['ten thousand keys', () => json({ keys: manyKeys() })],
    ['more bytes than any key set has', () => text(`{"keys":[]${' '.repeat(600_000)}}`)],
    ['bytes without end', () => flood],
    ['a bomb of 64 megabytes in gzip', () => gzipBomb(Buffer.alloc(64 * 1024 * 1024, ' '))],
    [
      'gzip that is none',
      () => (response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end('{"keys":[]}');
      },
    ],
    ['a body that breaks off', () => cutOff],
    ['a body that never ends', () => neverEnding],
    ['silence', () => silence],
    ['200,000 levels', () => text(`{"keys":${'['.repeat(200_000)}`)],
    ['an error', () => status(500)],
    ['a refusal', () => status(403)],
    ['no content', () => status(204)],
    ['no such place', () => status(404)],
  ];

  it.each(answers)('is 503 when it is %s, and nobody is asked instead', async (_, reply) => {
    server.intercept = answering({ jwks: reply() });
    hurryTimeouts();
    await restart();
    expectUnavailable(await api.get('/', signed()));
    expectUnavailable(await api.get('/', signed(evil)));
    expect(elsewhere.requests).toEqual([]);
  });

  it.each(answers)('does no harm to keys that are known when it is %s', async (_, reply) => {
    await restart();
    const token = signed();
    expect(await api.get('/', token)).toMatchObject({ status: 200 });
    server.intercept = answering({ jwks: reply() });
    hurryTimeouts();
    clock.advance({ minutes: 15 });
    const unknown = await api.get('/', signed(evil));
    expect(unknown.status).toBe(503);
    expect(await api.get('/', token)).toMatchObject({ status: 200 });
    expect(elsewhere.requests).toEqual([]);
  });

  describe('whose keys are', () => {
    it.each<[string, (key: JWK) => object]>([
      ['for encryption', (key) => ({ ...publicPart(key), use: 'enc' })],
      ['for a use that is no text', (key) => ({ ...publicPart(key), use: ['sig'] })],
      ['not for verifying', (key) => ({ ...publicPart(key), key_ops: ['encrypt'] })],
      ['for operations that are no list', (key) => ({ ...publicPart(key), key_ops: 'verify' })],
      ['private', (key) => ({ ...key })],
      ['of another algorithm', (key) => ({ ...publicPart(key), alg: 'PS256' })],
      ['of an algorithm that is no text', (key) => ({ ...publicPart(key), alg: ['RS256'] })],
      ['of a name that is no text', (key) => ({ ...publicPart(key), kid: ['evil'] })],
      ['of an unknown type', (key) => ({ ...publicPart(key), kty: 'rsa' })],
      ['with the exponent 1', (key) => ({ ...publicPart(key), e: 'AQ' })],
      ['with the exponent 3', (key) => ({ ...publicPart(key), e: 'Aw' })],
      ['without an exponent', (key) => ({ ...publicPart(key), e: '' })],
      ['with an enormous exponent', (key) => ({ ...publicPart(key), e: '_'.repeat(400) })],
      ['without a modulus', (key) => ({ ...publicPart(key), n: '' })],
      ['with a modulus that is a number', (key) => ({ ...publicPart(key), n: 3 })],
      ['with a modulus of a megabit', (key) => ({ ...publicPart(key), n: 'A_'.repeat(80_000) })],
      ['only a certificate', () => ({ kty: 'RSA', kid: 'evil', x5c: ['MIIB'] })],
    ])('%s are as if they were not there', async (_, change) => {
      publish(change(evil), publicPart(server.signingKey));
      await restart();
      expectRefused(await api.get('/', signed(evil)));
      expectRefused(await api.get('/', signed(evil, undefined)));
      expect(await api.get('/', signed())).toMatchObject({ status: 200 });
    });

    it('weak are as if they were not there: RSA of 1,024 bits', async () => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
      const weak: JWK = { ...privateKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256' };
      publish(publicPart(weak), publicPart(server.signingKey));
      await restart();
      expectRefused(await api.get('/', signed(weak)));
      expect(await api.get('/', signed())).toMatchObject({ status: 200 });
    });

    it.each<[string, object]>([
      ['secrets', { kty: 'oct', kid: 'x', k: 'c2VjcmV0', alg: 'HS256' }],
      ['no objects', ['key']],
      ['of no kind', {}],
      ['of an unknown curve', { kty: 'EC', crv: 'P-192', kid: 'x', x: 'AA', y: 'AA' }],
      ['not on their curve', { kty: 'EC', crv: 'P-256', kid: 'x', x: 'AQ', y: 'AQ' }],
      ['of a broken point', { kty: 'OKP', crv: 'Ed25519', kid: 'x', x: 7 }],
      ['of a prototype', JSON.parse('{"__proto__":{"kty":"RSA"},"kid":"x"}')],
      ['for key agreement', { kty: 'OKP', crv: 'X25519', kid: 'x', x: 'AA' }],
      ['of the future', { kty: 'AKP', alg: 'ML-DSA-44', kid: 'x', pub: 'AA' }],
    ])('%s stand beside good ones, and do them no harm', async (_, key) => {
      publish(key, null, 0, 'key', publicPart(server.signingKey), key);
      await restart();
      expect(await api.get('/', signed())).toMatchObject({ status: 200 });
      expect(await api.get('/', signed(server.signingKey, undefined))).toMatchObject({
        status: 200,
      });
      for (const alg of ['ES256', 'EdDSA', 'RS256', 'HS256']) {
        const header = { alg, kid: 'x' };
        const token = forgeSigned(header, goodClaims(server.issuer), evil, 'RS256');
        expectRefused(await api.get('/', token));
      }
    });
  });

  it('may hold two keys of one name: each is tried, and no other', async () => {
    publish({ ...publicPart(evil), kid: 'a' }, { ...publicPart(server.signingKey), kid: 'a' });
    await restart();
    expect(await api.get('/', signed(server.signingKey, 'a'))).toMatchObject({ status: 200 });
    expectRefused(await api.get('/', signed(server.signingKey, 'b')));
  });

  it('believes the numbers of a key, and no certificate beside them', async () => {
    publish({ ...publicPart(server.signingKey), x5c: ['MIIB'], x5u: elsewhere.origin });
    await restart();
    expect(await api.get('/', signed())).toMatchObject({ status: 200 });
    expect(elsewhere.requests).toEqual([]);
  });
});
