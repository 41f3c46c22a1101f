import {
  constants,
  createHmac,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
  verify,
  type VerifyKeyObjectInput,
} from 'node:crypto';

/** Says whether a signature of these bytes is by one key, in one algorithm. */
export type SignatureCheck = (
  input: Uint8Array,
  signature: Uint8Array,
) => boolean | Promise<boolean>;

/** How an algorithm with a public key is to be used (RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1, RFC 9864). */
interface Scheme {
  readonly hash?: string;
  /** As Node names the type of key, and the curve. */
  readonly keyType: 'rsa' | 'ec' | 'ed25519';
  readonly curve?: string;
  /** The only length that a signature may have; with RSA it is that of the key. */
  readonly signatureBytes?: number;
  readonly options?: Omit<VerifyKeyObjectInput, 'key'>;
}

const MIN_RSA_BITS = 2048;
const PKCS1 = { padding: constants.RSA_PKCS1_PADDING };
// The salt is as long as the hash, neither shorter nor longer.
const PSS = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
};
const ED25519: Scheme = { keyType: 'ed25519', signatureBytes: 64 };

const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ['RS256', { hash: 'sha256', keyType: 'rsa', options: PKCS1 }],
  ['RS384', { hash: 'sha384', keyType: 'rsa', options: PKCS1 }],
  ['RS512', { hash: 'sha512', keyType: 'rsa', options: PKCS1 }],
  ['PS256', { hash: 'sha256', keyType: 'rsa', options: PSS }],
  ['PS384', { hash: 'sha384', keyType: 'rsa', options: PSS }],
  ['PS512', { hash: 'sha512', keyType: 'rsa', options: PSS }],
  ['ES256', ecdsa('sha256', 'prime256v1', 64)],
  ['ES384', ecdsa('sha384', 'secp384r1', 96)],
  ['ES512', ecdsa('sha512', 'secp521r1', 132)],
  ['EdDSA', ED25519],
  ['Ed25519', ED25519],
]);

/** The hash of each algorithm with a secret (RFC 7518 section 3.2). */
const HMAC_HASHES: ReadonlyMap<string, string> = new Map([
  ['HS256', 'sha256'],
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
]);

/** Two numbers of a fixed length, and not DER. */
function ecdsa(hash: string, curve: string, signatureBytes: number): Scheme {
  return { hash, keyType: 'ec', curve, signatureBytes, options: { dsaEncoding: 'ieee-p1363' } };
}

/**
 * Checks signatures with a public key, on a thread of Node's pool. That is the work of WebCrypto too, which takes twice as
 * long about it.
 *
 * @throws {TypeError} when the key is none for the algorithm
 */
export function publicKeyCheck(key: KeyObject, algorithm: string): SignatureCheck {
  const scheme = SCHEMES.get(algorithm);
  const signatureBytes = scheme && signatureBytesOf(key, scheme);
  if (signatureBytes === undefined) throw new TypeError(`The key is none for ${algorithm}`);
  const { hash, options } = scheme ?? {};
  const withKey: VerifyKeyObjectInput = { key, ...options };
  return (input, signature) =>
    signature.length === signatureBytes &&
    new Promise((resolve) => {
      verify(hash, input, withKey, signature, (error, isGood) => resolve(!error && isGood));
    });
}

/**
 * Checks signatures with a secret, at once: a hash is made sooner than a thread is found.
 *
 * @throws {TypeError} when the algorithm is none with a secret
 */
export function secretCheck(secret: Uint8Array, algorithm: string): SignatureCheck {
  const hash = HMAC_HASHES.get(algorithm);
  if (hash === undefined) throw new TypeError(`A secret is none for ${algorithm}`);
  const key = createSecretKey(secret);
  return (input, signature) => {
    const expected = createHmac(hash, key).update(input).digest();
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  };
}

/** How long signatures are; nothing where the key does not fit the algorithm. */
function signatureBytesOf(key: KeyObject, scheme: Scheme): number | undefined {
  const { type, asymmetricKeyType, asymmetricKeyDetails = {} } = key;
  if (type !== 'public' || asymmetricKeyType !== scheme.keyType) return undefined;
  if (scheme.curve !== asymmetricKeyDetails.namedCurve) return undefined;
  if (scheme.keyType !== 'rsa') return scheme.signatureBytes;
  const { modulusLength = 0 } = asymmetricKeyDetails;
  return modulusLength < MIN_RSA_BITS ? undefined : Math.ceil(modulusLength / 8);
}
