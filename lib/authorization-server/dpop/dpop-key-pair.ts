import {
  createHash,
  createPrivateKey,
  createPublicKey,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { importJWK } from 'jose';
import type { CryptoKeyPair } from 'openid-client';
import type { DPoPAlgorithm } from './dpop.options.js';

export const DPOP_ALGORITHMS: readonly DPoPAlgorithm[] = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'PS256',
  'RS256',
];
const CURVES = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' } as const;
const MIN_RSA_BITS = 2048;

/** A key pair that the application brings. */
export interface DPoPKeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** RFC 7638, which tokens name the key by (`cnf.jkt`, RFC 9449 section 6.1). */
  readonly thumbprint: string;
}

/** Reads a private JWK; nothing where it is none, or is put together from two keys. */
export function readKeyPair(jwk: JsonWebKey): DPoPKeyPair | undefined {
  try {
    const members = publicMembers(jwk);
    const privateKey = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
    const publicKey = createPublicKey({ key: { ...members }, format: 'jwk' });
    const probe = Buffer.from('probe');
    if (!verify(null, probe, publicKey, sign(null, probe, privateKey))) return undefined;
    const thumbprint = createHash('sha256').update(JSON.stringify(members)).digest('base64url');
    return { privateKey, publicKey, thumbprint };
  } catch {
    return undefined;
  }
}

/** The algorithm that a JWK says it is for. */
export function algorithmOf(jwk: JsonWebKey | undefined): DPoPAlgorithm | undefined {
  return DPOP_ALGORITHMS.find((algorithm) => algorithm === jwk?.alg);
}

/** Whether a key can make signatures of an algorithm. */
export function fits({ privateKey }: DPoPKeyPair, algorithm: DPoPAlgorithm): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = privateKey;
  switch (algorithm) {
    case 'EdDSA':
      return type === 'ed25519';
    case 'PS256':
    case 'RS256':
      return type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS;
    default:
      return type === 'ec' && details?.namedCurve === CURVES[algorithm];
  }
}

/** For Web Crypto, from which the private half cannot be exported any more. */
export async function importKeyPair(
  { privateKey, publicKey }: DPoPKeyPair,
  algorithm: DPoPAlgorithm,
): Promise<CryptoKeyPair> {
  const [own, shown] = await Promise.all(
    [privateKey, publicKey].map((key) => importJWK(key.export({ format: 'jwk' }), algorithm)),
  );
  // What symmetric keys would become.
  if (!own || !shown || own instanceof Uint8Array || shown instanceof Uint8Array) {
    throw new TypeError('no key pair');
  }
  return { privateKey: own, publicKey: shown };
}

/** The members that make up the public key, in the order of RFC 7638, and nothing else of what a JWK may hold. */
function publicMembers({ crv, e, kty, n, x, y }: JsonWebKey): JsonWebKey {
  const members = Object.entries({ crv, e, kty, n, x, y });
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}
