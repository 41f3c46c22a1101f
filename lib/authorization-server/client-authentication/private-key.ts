import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { isJsonObject } from '../../common/json.js';

const MIN_RSA_BITS = 2048;
const CURVES: ReadonlyMap<unknown, string> = new Map([
  ['prime256v1', 'ES256'],
  ['secp384r1', 'ES384'],
  ['secp521r1', 'ES512'],
]);

/** Why something is of no use as a key. Never says anything of what it is made of. */
export interface KeyFault {
  /** What was found in place of a key, such as 'a public key'. */
  readonly problem: string;
  /** What to do about it, as a sentence. */
  readonly advice: string;
}

/** Reads a private key for signing, from PEM text (PKCS #8, PKCS #1, SEC 1) or a JWK. */
export function readPrivateKey(value: unknown): KeyObject | KeyFault {
  if (typeof value === 'string') {
    if (/-----BEGIN (PUBLIC KEY|RSA PUBLIC KEY|CERTIFICATE)-----/.test(value)) return publicKey;
    if (/-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(value)) return encryptedKey;
    return checked(() => createPrivateKey(value));
  }
  if (!isJwk(value)) return noKey;
  if (value.kty === 'oct') return symmetricKey;
  if (value.d === undefined) return publicKey;
  return checked(() => createPrivateKey({ key: value, format: 'jwk' }));
}

/** The JWS algorithms that a key can sign with, the usual one first; none for keys of other kinds. */
export function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string[] {
  if (asymmetricKeyType === 'rsa') return ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
  if (asymmetricKeyType === 'ed25519') return ['EdDSA', 'Ed25519'];
  const algorithm = CURVES.get(asymmetricKeyDetails?.namedCurve);
  return algorithm === undefined ? [] : [algorithm];
}

export function isKeyFault(value: object): value is KeyFault {
  return 'problem' in value;
}

const noKey: KeyFault = {
  problem: 'no private key that can be read',
  advice:
    'Give PEM text or a JWK; where it comes from the environment, its line breaks have to be real ones.',
};
const publicKey: KeyFault = {
  problem: 'a public key',
  advice: 'Give the private one that belongs to it.',
};
const symmetricKey: KeyFault = {
  problem: 'a symmetric key',
  advice: 'Give a private key, of type RSA, EC or OKP.',
};
const encryptedKey: KeyFault = {
  problem: 'an encrypted private key',
  advice: 'Decrypt it first, as with `openssl pkey`, or in a function that gets it.',
};
const shortKey: KeyFault = {
  problem: `an RSA key of less than ${MIN_RSA_BITS} bits`,
  advice: 'Make a longer one (RFC 7518 section 3.3).',
};
const strangeKey: KeyFault = {
  problem: 'a key of a kind that cannot sign assertions',
  advice: 'Give one of type RSA, EC (P-256, P-384, P-521) or Ed25519.',
};

function checked(read: () => KeyObject): KeyObject | KeyFault {
  try {
    const key = read();
    if (algorithmsOf(key).length === 0) return strangeKey;
    const { modulusLength = MIN_RSA_BITS } = key.asymmetricKeyDetails ?? {};
    return modulusLength < MIN_RSA_BITS ? shortKey : key;
  } catch {
    // What OpenSSL says about it may repeat a part of it.
    return noKey;
  }
}

function isJwk(value: unknown): value is JsonWebKey {
  return isJsonObject(value) && typeof value['kty'] === 'string';
}
