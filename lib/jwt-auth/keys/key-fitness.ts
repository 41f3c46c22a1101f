import type { JWK } from 'jose';

/** The key type and curve that each algorithm needs (RFC 7518 section 3.1, RFC 8037, RFC 9864). */
export const KEY_KINDS: Record<string, string> = {
  RS256: 'RSA',
  RS384: 'RSA',
  RS512: 'RSA',
  PS256: 'RSA',
  PS384: 'RSA',
  PS512: 'RSA',
  ES256: 'EC P-256',
  ES384: 'EC P-384',
  ES512: 'EC P-521',
  EdDSA: 'OKP Ed25519',
  Ed25519: 'OKP Ed25519',
};

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 16_384;
const MIN_RSA_EXPONENT = 65_537;

/** A member of a key set, with what Microsoft Entra adds. */
export interface PublishedKey extends JWK {
  /** The issuer that the key is for, where a set holds those of several. */
  issuer?: string;
}

/** Whether an entry of a key set is a public key that signatures can be checked with, and that cannot be forged with. */
export function isFit(jwk: PublishedKey): boolean {
  return isPublicSignatureKey(jwk) && (jwk.kty === 'RSA' ? isStrongRsa(jwk) : isKnownCurve(jwk));
}

function isPublicSignatureKey({
  kty,
  kid,
  use,
  key_ops: operations,
  alg,
  issuer,
  ...members
}: PublishedKey): boolean {
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return false;
  if (kid !== undefined && typeof kid !== 'string') return false;
  if (alg !== undefined && typeof alg !== 'string') return false;
  // Microsoft Entra names the tenant that a key is for.
  if (issuer !== undefined && typeof issuer !== 'string') return false;
  if (use !== undefined && use !== 'sig') return false;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return false;
  return !('d' in members) && !('k' in members);
}

function isStrongRsa({ n, e }: JWK): boolean {
  if (typeof n !== 'string' || typeof e !== 'string') return false;
  const bits = bitLength(Buffer.from(n, 'base64url'));
  const exponent = Buffer.from(e, 'base64url');
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS || exponent.length > 8) return false;
  return BigInt(`0x0${exponent.toString('hex')}`) >= MIN_RSA_EXPONENT;
}

/** Points that every signature of a certain form fits, whoever made it (RFC 8032 section 5.1.7, RFC 7748 section 6.1). */
const LOW_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

function isKnownCurve({ kty, crv, x }: JWK): boolean {
  if (!Object.values(KEY_KINDS).includes(`${kty} ${crv}`) || typeof x !== 'string') return false;
  if (kty !== 'OKP') return true;
  const point = Buffer.from(x, 'base64url');
  // The top bit is the sign of the other coordinate.
  point.set([(point.at(-1) ?? 0) & 0x7f], Math.max(0, point.length - 1));
  return point.length === 32 && !LOW_ORDER.has(point.toString('hex'));
}

function bitLength(number: Buffer): number {
  const hex = number.toString('hex').replace(/^0+/, '');
  return hex === '' ? 0 : hex.length * 4 - Math.clz32(Number.parseInt(hex.charAt(0), 16)) + 28;
}
