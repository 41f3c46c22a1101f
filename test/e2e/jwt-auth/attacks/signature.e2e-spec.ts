import { createHmac, createPublicKey } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { RunningApp } from '../../../support/app.js';
import { AuthorizationServer } from '../../../support/authorization-server.js';
import { forge, forgeSigned, goodClaims, publicPart, segment } from '../../../support/forge.js';
import { answering, json } from '../../../support/hostile-answers.js';
import { expectRefused, startProtectedApi } from '../../../support/protected-api.js';

/** The order of the curve P-256. */
const N = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const ZERO = Buffer.alloc(32);
const ONE = Buffer.from('01'.padStart(64, '0'), 'hex');

describe('the signature of a token', () => {
  let server: AuthorizationServer;
  let api: RunningApp;
  let rsa: JWK;
  let ec: JWK;
  let ec384: JWK;
  let ed: JWK;
  /** An RSA key of which the key set does not say the algorithm. */
  let anyRsa: JWK;

  const keyPair = async (alg: string, kid: string): Promise<JWK> => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    return { ...(await exportJWK(privateKey)), kid, alg };
  };

  const header = (alg: string, { kid }: JWK): object => ({ typ: 'at+jwt', alg, kid });
  const claims = (): object => goodClaims(server.issuer);
  const answerTo = (token: string) => api.get('/', token);

  /** A token whose signature is made from the right one, in base64url-decoded bytes. */
  const withSignature = (key: JWK, change: (signature: Buffer) => Buffer): string => {
    const good = forgeSigned(header(key.alg ?? '', key), claims(), key);
    const end = good.lastIndexOf('.');
    return `${good.slice(0, end)}.${segment(change(Buffer.from(good.slice(end + 1), 'base64url')))}`;
  };

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    rsa = server.signingKey;
    [ec, ec384, ed] = await Promise.all([
      keyPair('ES256', 'ec'),
      keyPair('ES384', 'ec384'),
      keyPair('Ed25519', 'ed'),
    ]);
    anyRsa = await keyPair('RS256', 'any-rsa');
    const { alg: _, ...unlabelled } = publicPart(anyRsa);
    const keys = [...[rsa, ec, ec384, ed].map(publicPart), unlabelled];
    server.intercept = answering({ jwks: json({ keys }) });
    api = await startProtectedApi({ issuer: server.issuer });
  });

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  it('is taken when it is right, whatever the kind of key', async () => {
    for (const key of [rsa, ec, ec384, ed, anyRsa])
      expect(await answerTo(withSignature(key, (good) => good))).toMatchObject({ status: 200 });
  });

  describe('made with a public key as the secret of an HMAC', () => {
    const secretsOf = (key: JWK): (readonly [string, Buffer | string])[] => {
      const publicKey = createPublicKey({ key: publicPart(key), format: 'jwk' });
      const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
      const der = publicKey.export({ type: 'spki', format: 'der' });
      const raw = [key.n, key.x, key.y].map((part) => Buffer.from(part ?? '', 'base64url'));
      return [
        ['PEM', pem],
        ['PEM without its last line break', pem.trim()],
        ['DER', der],
        ['DER in base64', der.toString('base64')],
        ['JWK', JSON.stringify(publicPart(key))],
        ['bare numbers', Buffer.concat(raw)],
        ['an uncompressed point', Buffer.concat([Buffer.from([4]), ...raw])],
        ['the text of the number', key.n ?? key.x ?? ''],
        ['nothing', ''],
      ];
    };

    it.each(['HS256', 'HS384', 'HS512'])(
      'is refused with %s, in all forms of a key',
      async (alg) => {
        for (const key of [rsa, anyRsa, ec, ed]) {
          for (const kid of [key.kid, undefined]) {
            for (const [, secret] of secretsOf(key)) {
              const input = `${segment({ typ: 'at+jwt', alg, kid })}.${segment(claims())}`;
              const mac = createHmac(`sha${alg.slice(2)}`, secret)
                .update(input)
                .digest();
              expectRefused(await answerTo(`${input}.${segment(mac)}`));
            }
          }
        }
      },
    );

    it('is refused under the name of the right algorithm too', async () => {
      for (const key of [rsa, anyRsa, ec, ed]) {
        for (const [, secret] of secretsOf(key)) {
          const input = `${segment(header(key.alg ?? '', key))}.${segment(claims())}`;
          const mac = createHmac('sha256', secret).update(input).digest();
          expectRefused(await answerTo(`${input}.${segment(mac)}`));
        }
      }
    });
  });

  describe('made with the right key and another algorithm', () => {
    it.each(['RS384', 'RS512', 'PS256', 'PS384', 'PS512'])(
      'is refused when the key set says RS256 and the token %s',
      async (alg) => {
        expectRefused(await answerTo(forgeSigned(header(alg, rsa), claims(), rsa, alg)));
      },
    );

    it.each(['RS384', 'PS256', 'PS512'])(
      'is taken with %s where the key set names no algorithm',
      async (alg) => {
        const token = forgeSigned(header(alg, anyRsa), claims(), anyRsa, alg);
        expect(await answerTo(token)).toMatchObject({ status: 200 });
      },
    );

    it('is refused when header and signature do not agree', async () => {
      const algorithms = ['RS256', 'RS384', 'PS256', 'PS384'];
      const pairs = algorithms.flatMap((a) => algorithms.map((b) => [a, b] as const));
      for (const [named, used] of pairs.filter(([a, b]) => a !== b)) {
        const token = forgeSigned(header(named, anyRsa), claims(), anyRsa, used);
        expectRefused(await answerTo(token));
      }
    });

    it('is refused with the key of another kind or another curve', async () => {
      const wrong: [string, JWK, string][] = [
        ['ES256', ec384, 'ES256'],
        ['ES384', ec, 'ES384'],
        ['ES512', ec384, 'ES512'],
        ['ES256', ed, 'Ed25519'],
        ['EdDSA', ec, 'ES256'],
        ['RS256', ec, 'ES256'],
        ['RS256', ed, 'Ed25519'],
        ['ES256', rsa, 'RS256'],
        ['EdDSA', rsa, 'RS256'],
      ];
      for (const [named, key, used] of wrong) {
        expectRefused(await answerTo(forgeSigned(header(named, key), claims(), key, used)));
        const withoutKid = { typ: 'at+jwt', alg: named };
        expectRefused(await answerTo(forgeSigned(withoutKid, claims(), key, used)));
      }
    });
  });

  describe('that no honest signer makes', () => {
    it.each([
      ['r = s = 0, the psychic signature', () => Buffer.concat([ZERO, ZERO])],
      ['r = 0, s = 1', () => Buffer.concat([ZERO, ONE])],
      ['r = 1, s = 0', () => Buffer.concat([ONE, ZERO])],
      ['r = s = 1', () => Buffer.concat([ONE, ONE])],
      ['r = s = n', () => Buffer.concat([N, N])],
      ['r right, s = n', (good: Buffer) => Buffer.concat([good.subarray(0, 32), N])],
      ['r = n, s right', (good: Buffer) => Buffer.concat([N, good.subarray(32)])],
      [
        'r and s swapped',
        (good: Buffer) => Buffer.concat([good.subarray(32), good.subarray(0, 32)]),
      ],
      ['one byte short', (good: Buffer) => good.subarray(1)],
      ['one byte long', (good: Buffer) => Buffer.concat([good, Buffer.alloc(1)])],
      ['a zero before it', (good: Buffer) => Buffer.concat([Buffer.alloc(1), good])],
      ['twice as long', (good: Buffer) => Buffer.concat([good, good])],
      ['DER instead of r and s', (good: Buffer) => derOf(good)],
      ['DER of zeros', () => Buffer.from('3006020100020100', 'hex')],
      ['a single byte', () => Buffer.alloc(1)],
    ])('is refused on an elliptic curve: %s', async (_, change) => {
      expectRefused(await answerTo(withSignature(ec, change)));
      expectRefused(await answerTo(withSignature(ed, change)));
    });

    it.each([
      ['all zero', () => Buffer.alloc(256)],
      ['the number one', () => Buffer.concat([Buffer.alloc(255), Buffer.from([1])])],
      ['the modulus itself', () => Buffer.from(rsa.n ?? '', 'base64url')],
      ['one byte short', (good: Buffer) => good.subarray(1)],
      ['a zero before it', (good: Buffer) => Buffer.concat([Buffer.alloc(1), good])],
      ['a zero after it', (good: Buffer) => Buffer.concat([good, Buffer.alloc(1)])],
      ['one bit off', (good: Buffer) => good.fill((good[200] ?? 0) ^ 1, 200, 201)],
      ['the modulus added', (good: Buffer) => plusModulus(good, rsa)],
      ['a single byte', () => Buffer.alloc(1)],
      ['larger than any key', () => Buffer.alloc(4_096, 1)],
    ])('is refused on RSA: %s', async (_, change) => {
      expectRefused(await answerTo(withSignature(rsa, change)));
    });

    it('is refused when it belongs to other claims or another header', async () => {
      const good = forgeSigned(header('RS256', rsa), claims(), rsa);
      const [h = '', p = '', s = ''] = good.split('.');
      expectRefused(await answerTo(`${h}.${segment({ ...claims(), sub: 'root' })}.${s}`));
      expectRefused(await answerTo(`${segment({ alg: 'RS256', kid: rsa.kid })}.${p}.${s}`));
      expectRefused(await answerTo(forge(header('RS256', rsa), claims(), Buffer.from(s))));
    });
  });
});

/** The same two numbers in the other encoding of ECDSA signatures. */
function derOf(signature: Buffer): Buffer {
  const integer = (number: Buffer): Buffer =>
    Buffer.concat([Buffer.from([2, number.length + 1, 0]), number]);
  const body = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

/** A number of the same residue: textbook RSA would take it, if it still fits. */
function plusModulus(signature: Buffer, { n = '' }: JWK): Buffer {
  const hex = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`);
  const sum = (hex(signature) + hex(Buffer.from(n, 'base64url'))).toString(16);
  return Buffer.from(sum.padStart(sum.length + (sum.length % 2), '0'), 'hex');
}
