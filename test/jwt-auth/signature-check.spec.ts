import {
  constants,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
} from 'node:crypto';
import { compactVerify, importJWK, type JWK } from 'jose';
import { VerificationKey } from '../../lib/jwt-auth/keys/verification-key.js';
import { publicKeyCheck, secretCheck } from '../../lib/jwt-auth/keys/signature-check.js';
import { decodeToken } from '../../lib/jwt-auth/verification/decode-token.js';
import { verifySignature } from '../../lib/jwt-auth/verification/verify-signature.js';
import { segment } from '../support/forge.js';

/** What jose says, which checks signatures with WebCrypto: the key bare, as it is used here. */
async function joseTakes(token: string, jwk: JWK, alg: string): Promise<boolean> {
  const { kty, crv, n, e, x, y, k } = jwk;
  const bare = Object.entries({ kty, crv, n, e, x, y, k }).filter(([, text]) => text !== undefined);
  try {
    const key = await importJWK(Object.fromEntries(bare), alg);
    await compactVerify(token, key, { algorithms: [alg] });
    return true;
  } catch {
    return false;
  }
}

/** As a token goes through this package: taken apart, then checked with a key that fits. */
async function isTaken(token: string, jwk: JWK, alg: string): Promise<boolean> {
  const key =
    jwk.kty === 'oct' && jwk.k !== undefined
      ? VerificationKey.ofSecret(Buffer.from(jwk.k, 'base64url'))
      : VerificationKey.read(jwk);
  if (!key?.accepts(alg)) return false;
  try {
    return (await verifySignature(decodeToken(token), alg, [key])) === key;
  } catch {
    return false;
  }
}

type Forged = Record<string, Buffer | string>;

/** The names of those that are taken; none of them is refused by jose, and with the same bytes none the other way round. */
async function taken(input: string, forged: Forged, jwk: JWK, alg: string): Promise<string[]> {
  const names: string[] = [];
  for (const [name, end] of Object.entries(forged)) {
    const token = `${input}.${typeof end === 'string' ? end : end.toString('base64url')}`;
    const isOurs = await isTaken(token, jwk, alg);
    const isTheirs = await joseTakes(token, jwk, alg);
    // How a text is decoded is stricter here, and so is the length of an RSA signature (RFC 8017 section 8.1.2).
    const isStricter = typeof end === 'string' || name === 'shortened';
    expect([name, isOurs]).toEqual([name, isTheirs && (isOurs || !isStricter)]);
    if (isOurs) names.push(name);
  }
  return names;
}

const inputOf = (alg: string, nonce = 0): string => `${segment({ alg })}.${segment({ nonce })}`;
const jwkOf = (key: KeyObject): JWK => key.export({ format: 'jwk' });
const numberOf = (bytes: Buffer): bigint => BigInt(`0x0${bytes.toString('hex')}`);
const bytesOf = (number: bigint, length: number): Buffer => {
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(Math.max(length * 2, hex.length + (hex.length % 2)), '0'), 'hex');
};
const little = (bytes: Buffer): Buffer => Buffer.from([...bytes].toReversed());
const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
};

/** What can be done to any signature. */
function spoilt(good: Buffer): Forged {
  const text = good.toString('base64url');
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const next = alphabet.charAt(alphabet.indexOf(text.slice(-1)) ^ 1);
  return {
    'with a bit changed at the start': flipped(good, 0),
    'with a bit changed in the middle': flipped(good, good.length >> 1),
    'with a bit changed at the end': flipped(good, good.length - 1),
    'one byte shorter': good.subarray(0, -1),
    'without its first byte': good.subarray(1),
    'half of it': good.subarray(0, good.length / 2),
    'one byte': good.subarray(0, 1),
    'one byte longer': Buffer.concat([good, Buffer.alloc(1)]),
    'a zero before it': Buffer.concat([Buffer.alloc(1), good]),
    twice: Buffer.concat([good, good]),
    zeros: Buffer.alloc(good.length),
    ones: Buffer.alloc(good.length, 0xff),
    empty: '',
    padded: `${text}=`,
    'padded twice': `${text}==`,
    'in the other alphabet': `${text.replaceAll('-', '+').replaceAll('_', '/')}+`,
    'with a space': `${text} `,
    'with a line break': `${text.slice(0, 4)}\n${text.slice(4)}`,
    'with one more character': `${text}A`,
    ...(good.length % 3 === 0
      ? {}
      : { 'with bits that say nothing': `${text.slice(0, -1)}${next}` }),
    'and a fourth part': `${text}.${text}`,
    'not ASCII': `${text.slice(0, -1)}\u0141`,
  };
}

describe('the check of a signature agrees with jose', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const rsaJwk = jwkOf(rsa.publicKey);
  const modulus = numberOf(Buffer.from(rsaJwk.n ?? '', 'base64url'));
  const pss = (saltLength: number): Partial<SignKeyObjectInput> => ({
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength,
  });

  describe.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'])('%s', (alg) => {
    const bits = Number(alg.slice(2));
    const options = alg.startsWith('PS') ? pss(bits / 8) : {};
    const signed = (input: string, hash = `sha${bits}`, padding = options, key = rsa.privateKey) =>
      sign(hash, Buffer.from(input), { key, ...padding });

    it('over odd signatures', async () => {
      const input = inputOf(alg);
      const good = signed(input);
      const number = numberOf(good);
      const salts = [0, 20, bits / 8 - 1, bits / 8 + 1, 256 - bits / 8 - 2];
      const forged: Forged = {
        good,
        ...spoilt(good),
        'of another key': signed(input, undefined, options, otherRsa.privateKey),
        'of other bytes': signed(`${input} `),
        'with SHA-1': signed(input, 'sha1'),
        'with SHA-256': bits === 256 ? signed(input, 'sha384') : signed(input, 'sha256'),
        'with the other padding': signed(input, undefined, alg.startsWith('PS') ? {} : pss(32)),
        'and the modulus': bytesOf(number + modulus, 256),
        'of the negated number': bytesOf(modulus - number, 256),
        'the modulus': bytesOf(modulus, 256),
        'the modulus less one': bytesOf(modulus - 1n, 256),
        one: bytesOf(1n, 256),
        ...Object.fromEntries(
          salts.map((salt) => [`salt ${salt}`, signed(input, undefined, pss(salt))]),
        ),
      };
      expect(await taken(input, forged, rsaJwk, alg)).toEqual(['good']);
    });

    it('over one that begins with a zero, which is part of it', async () => {
      let nonce = 0;
      let good = signed(inputOf(alg));
      while (good.readUInt8(0) !== 0) good = signed(inputOf(alg, (nonce += 1)));
      const forged = { good, shortened: good.subarray(1) };
      expect(await taken(inputOf(alg, nonce), forged, rsaJwk, alg)).toEqual(['good']);
    });
  });

  const CURVES = [
    ['ES256', 'P-256', 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'],
    [
      'ES384',
      'P-384',
      'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
    ],
    [
      'ES512',
      'P-521',
      `01${'f'.repeat(65)}a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`,
    ],
  ] as const;

  it.each(CURVES)('%s, over odd signatures', async (alg, namedCurve, hex) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    const other = generateKeyPairSync('ec', { namedCurve }).privateKey;
    const input = inputOf(alg);
    const order = BigInt(`0x${hex}`);
    const signed = (hash = `sha${alg.slice(2)}`, key = privateKey, dsaEncoding?: 'der') =>
      sign(hash, Buffer.from(input), { key, dsaEncoding: dsaEncoding ?? 'ieee-p1363' });
    const good = signed();
    const size = good.length / 2;
    const [r, s] = [numberOf(good.subarray(0, size)), numberOf(good.subarray(size))];
    const pair = (one: bigint, two: bigint, length = size) =>
      Buffer.concat([bytesOf(one, length), bytesOf(two, length)]);
    const forged: Forged = {
      good,
      ...spoilt(good),
      'of another key': signed(undefined, other),
      'with another hash': signed(alg === 'ES256' ? 'sha384' : 'sha256'),
      'in DER': signed(undefined, privateKey, 'der'),
      // Both are right by FIPS 186: who wants one form only has to say so.
      'with the other s': pair(r, order - s),
      'r 0': pair(0n, s),
      's 0': pair(r, 0n),
      'r n': pair(order, s),
      's n': pair(r, order),
      'both n': pair(order, order),
      'r and n': pair(r + order, s),
      's and n': pair(r, s + order),
      'r 1': pair(1n, s),
      's 1': pair(r, 1n),
      'r n - 1': pair(order - 1n, s),
      swapped: pair(s, r),
      'each a byte longer': pair(r, s, size + 1),
    };
    expect(await taken(input, forged, jwkOf(publicKey), alg)).toEqual(['good', 'with the other s']);
  });

  it.each(['EdDSA', 'Ed25519'])('%s, over odd signatures', async (alg) => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const other = generateKeyPairSync('ed25519').privateKey;
    const input = inputOf(alg);
    const good = sign(null, Buffer.from(input), privateKey);
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const [point, scalar] = [good.subarray(0, 32), numberOf(little(good.subarray(32)))];
    const made = (R: Buffer, S: bigint) => Buffer.concat([R, little(bytesOf(S, 32))]);
    const lowOrder = [
      '01'.padEnd(64, '0'),
      '00'.padEnd(64, '0'),
      `ec${'ff'.repeat(30)}7f`,
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    ];
    const forged: Forged = {
      good,
      ...spoilt(good),
      'of another key': sign(null, Buffer.from(input), other),
      'S and L': made(point, scalar + order),
      'S and twice L': made(point, scalar + 2n * order),
      'S negated': made(point, order - scalar),
      'S 0': made(point, 0n),
      'S L': made(point, order),
      'R with its sign changed': made(
        Buffer.concat([point.subarray(0, 31), Buffer.from([point.readUInt8(31) ^ 0x80])]),
        scalar,
      ),
      ...Object.fromEntries(
        lowOrder.flatMap((R) => [
          [`R ${R.slice(0, 8)}, its S`, made(Buffer.from(R, 'hex'), scalar)],
          [`R ${R.slice(0, 8)}, S 0`, made(Buffer.from(R, 'hex'), 0n)],
        ]),
      ),
    };
    expect(await taken(input, forged, jwkOf(publicKey), alg)).toEqual(['good']);
  });

  it.each(['HS256', 'HS384', 'HS512'])('%s, over odd signatures', async (alg) => {
    const secret = Buffer.alloc(64, 'a secret');
    const input = inputOf(alg);
    const mac = (hash = `sha${alg.slice(2)}`, key = secret) =>
      createHmac(hash, key).update(input).digest();
    const forged: Forged = {
      good: mac(),
      ...spoilt(mac()),
      'with another hash': mac(alg === 'HS256' ? 'sha512' : 'sha256'),
      'cut to 16 bytes': mac().subarray(0, 16),
      'of another secret': mac(undefined, Buffer.alloc(64, 'another')),
      'of no secret': mac(undefined, Buffer.alloc(0)),
      'of a part of the secret': mac(undefined, secret.subarray(0, 32)),
    };
    const jwk = { kty: 'oct', k: secret.toString('base64url') };
    expect(await taken(input, forged, jwk, alg)).toEqual(['good']);
  });

  /** A token that is signed well, and the key that it is checked with in all these forms. */
  const takenKeys = async (alg: string, good: Buffer, keys: Record<string, unknown>) => {
    const token = `${inputOf(alg)}.${good.toString('base64url')}`;
    const names: string[] = [];
    for (const [name, value] of Object.entries(keys)) {
      const jwk = value as JWK;
      if (!(await isTaken(token, jwk, alg))) continue;
      names.push(name);
      expect([name, await joseTakes(token, jwk, alg)]).toEqual([name, true]);
    }
    return names;
  };
  const zeroBefore = (text = '') =>
    Buffer.concat([Buffer.alloc(1), Buffer.from(text, 'base64url')]).toString('base64url');
  const withoutEnd = (text = '') =>
    Buffer.from(text, 'base64url').subarray(0, -1).toString('base64url');

  it.each(['RS256', 'PS256'])('%s, over odd keys', async (alg) => {
    const keyOf = (modulusLength: number, publicExponent: number) => {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', {
        modulusLength,
        publicExponent,
      });
      return { privateKey, jwk: jwkOf(publicKey) };
    };
    const options = alg === 'PS256' ? pss(32) : {};
    const good = (key: KeyObject) => sign('sha256', Buffer.from(inputOf(alg)), { key, ...options });
    const { n, e } = rsaJwk;
    const keys = {
      good: rsaJwk,
      labelled: { ...rsaJwk, kid: 'a', alg, use: 'sig', key_ops: ['verify'], ext: true },
      'a zero before n': { ...rsaJwk, n: zeroBefore(n) },
      'a zero before e': { ...rsaJwk, e: zeroBefore(e) },
      'n shorter': { ...rsaJwk, n: withoutEnd(n) },
      'n of another key': { ...rsaJwk, n: jwkOf(otherRsa.publicKey).n },
      'no n': { ...rsaJwk, n: undefined },
      'no e': { ...rsaJwk, e: undefined },
      'e 1': { ...rsaJwk, e: 'AQ' },
      'e 3': { ...rsaJwk, e: 'Aw' },
      'of another algorithm': { ...rsaJwk, alg: 'RS512' },
      'for encryption': { ...rsaJwk, use: 'enc' },
      'for signing': { ...rsaJwk, key_ops: ['sign'] },
      private: rsa.privateKey.export({ format: 'jwk' }),
      'a secret too': { ...rsaJwk, k: 'AAAA' },
      'of another type': { ...rsaJwk, kty: 'EC' },
      'of a type in lower case': { ...rsaJwk, kty: 'rsa' },
    };
    expect(await takenKeys(alg, good(rsa.privateKey), keys)).toEqual([
      'good',
      'labelled',
      // The same numbers.
      'a zero before n',
      'a zero before e',
    ]);
    for (const [bits, exponent] of [
      [1024, 65_537],
      [2040, 65_537],
      [2048, 3],
    ] as const) {
      const { privateKey, jwk } = keyOf(bits, exponent);
      expect(await takenKeys(alg, good(privateKey), { [bits]: jwk })).toEqual([]);
    }
    const odd = keyOf(2050, 65_537);
    expect(await takenKeys(alg, good(odd.privateKey), { odd: odd.jwk })).toEqual(['odd']);
  });

  it.each(CURVES)('%s, over odd keys', async (alg, namedCurve) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
    const good = sign(`sha${alg.slice(2)}`, Buffer.from(inputOf(alg)), key);
    const jwk = jwkOf(publicKey);
    const { x = '', y = '' } = jwk;
    const zero = Buffer.alloc(Buffer.from(x, 'base64url').length).toString('base64url');
    const keys = {
      good: jwk,
      'off the curve': {
        ...jwk,
        y: flipped(Buffer.from(y, 'base64url'), 20).toString('base64url'),
      },
      swapped: { ...jwk, x: y, y: x },
      'at infinity': { ...jwk, x: zero, y: zero },
      'no y': { ...jwk, y: undefined },
      'x shorter': { ...jwk, x: withoutEnd(x) },
      'a zero before x': { ...jwk, x: zeroBefore(x) },
      'a zero before y': { ...jwk, y: zeroBefore(y) },
      'of another curve': { ...jwk, crv: alg === 'ES256' ? 'P-384' : 'P-256' },
      'of the curve of coins': { ...jwk, crv: 'secp256k1' },
      'of no curve': { ...jwk, crv: undefined },
      private: privateKey.export({ format: 'jwk' }),
      'of another algorithm': { ...jwk, alg: 'EdDSA' },
    };
    expect(await takenKeys(alg, good, keys)).toEqual([
      'good',
      // The same numbers.
      'a zero before x',
      'a zero before y',
    ]);
  });

  it('EdDSA, over odd keys', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const good = sign(null, Buffer.from(inputOf('EdDSA')), privateKey);
    const jwk = jwkOf(publicKey);
    const x = Buffer.from(jwk.x ?? '', 'base64url');
    const keys = {
      good: jwk,
      'by its other name': { ...jwk, alg: 'Ed25519' },
      'x shorter': { ...jwk, x: withoutEnd(jwk.x) },
      'x longer': { ...jwk, x: Buffer.concat([x, Buffer.alloc(1)]).toString('base64url') },
      'with its sign changed': { ...jwk, x: flipped(x, 31).toString('base64url') },
      'of low order': { ...jwk, x: Buffer.alloc(32).toString('base64url') },
      Ed448: { ...jwk, crv: 'Ed448' },
      X25519: { ...jwk, crv: 'X25519' },
      'of another type': { ...jwk, kty: 'EC' },
    };
    expect(await takenKeys('EdDSA', good, keys)).toEqual(['good', 'by its other name']);
  });
});

describe('the check of a signature is not made', () => {
  const publicKeys = {
    rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey,
    'rsa of 1024 bits': generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey,
    'rsa for PSS only': generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey,
    'private rsa': generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
    'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey,
    secp256k1: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey,
    ed25519: generateKeyPairSync('ed25519').publicKey,
    ed448: generateKeyPairSync('ed448').publicKey,
    x25519: generateKeyPairSync('x25519').publicKey,
  };
  const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
  const fitting: Record<string, string[]> = {
    rsa: RSA,
    'P-256': ['ES256'],
    'P-384': ['ES384'],
    ed25519: ['EdDSA', 'Ed25519'],
  };
  const names = [...RSA, 'ES256', 'ES384', 'ES512', 'ES256K', 'EdDSA', 'Ed25519', 'Ed448'];
  const others = ['HS256', 'HS384', 'HS512', 'none', '', 'rs256', 'constructor', '__proto__'];

  it.each(Object.entries(publicKeys))('with %s, but for its own algorithms', (kind, key) => {
    const made = [...names, ...others].map((alg) => {
      try {
        return [alg, typeof publicKeyCheck(key, alg)];
      } catch (error) {
        return [alg, String(error)];
      }
    });
    const expected = [...names, ...others].map((alg) =>
      fitting[kind]?.includes(alg)
        ? [alg, 'function']
        : [alg, `TypeError: The key is none for ${alg}`],
    );
    expect(made).toEqual(expected);
  });

  it('with a secret, but for those of HMAC', () => {
    for (const alg of [...names, 'none', '', 'hs256', 'constructor', '__proto__'])
      expect(() => secretCheck(Buffer.alloc(64), alg)).toThrow(`A secret is none for ${alg}`);
  });
});
