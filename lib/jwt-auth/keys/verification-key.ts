import { importJWK, type JWK } from 'jose';
import { isJsonObject } from '../../common/json.js';

/** The key type and curve that each algorithm needs (RFC 7518 section 3.1, RFC 8037, RFC 9864). */
const KEY_KINDS: Record<string, string> = {
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

/** The bytes that a secret needs at least (RFC 7518 section 3.2). */
const MIN_SECRET_BYTES: Record<string, number> = { HS256: 32, HS384: 48, HS512: 64 };

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 16_384;
const MIN_RSA_EXPONENT = 65_537;

/** A key that checks signatures, imported when it is first needed, once for each algorithm. */
export class VerificationKey {
  readonly kid: string | undefined;
  /** The same for the same key with the same name and purpose, whenever it was read. */
  readonly identity: string;
  private readonly imported = new Map<string, ReturnType<typeof importJWK>>();

  private constructor(private readonly jwk: JWK) {
    this.kid = jwk.kid;
    this.identity = JSON.stringify(jwk, Object.keys(jwk).toSorted());
  }

  /** Reads one member of a key set; nothing comes of one that is not a public key fit for checking signatures. */
  static read(value: unknown): VerificationKey | undefined {
    if (!isJsonObject(value) || !isPublicSignatureKey(value)) return undefined;
    const { kty, crv, n, e, x, y, kid, alg }: JWK = value;
    if (kty === 'RSA' && !isStrongRsa(value)) return undefined;
    // A bare key: what else the entry says (key_ops, ext, x5c) has been looked at, or is not for us.
    const members = Object.entries({ kty, crv, n, e, x, y, kid, alg });
    return new VerificationKey(
      Object.fromEntries(members.filter(([, text]) => text !== undefined)),
    );
  }

  /** A secret shared with the issuer. It only ever comes from the options, never from a key set. */
  static ofSecret(secret: Uint8Array): VerificationKey {
    return new VerificationKey({ kty: 'oct', k: Buffer.from(secret).toString('base64url') });
  }

  /** Whether this key may check a signature of this algorithm: its type fits, and its own `alg`, if any, agrees. */
  accepts(algorithm: string): boolean {
    const { kty, crv, alg, k = '' } = this.jwk;
    if (kty === 'oct')
      return Buffer.byteLength(k, 'base64url') >= (MIN_SECRET_BYTES[algorithm] ?? Infinity);
    const kind = kty === 'RSA' ? kty : `${kty} ${crv}`;
    if (KEY_KINDS[algorithm] !== kind) return false;
    // EdDSA and Ed25519 are two names of one algorithm (RFC 9864).
    return alg === undefined || alg === algorithm || (kty === 'OKP' && KEY_KINDS[alg] === kind);
  }

  /** @throws whatever jose finds wrong with the key */
  import(algorithm: string): ReturnType<typeof importJWK> {
    let key = this.imported.get(algorithm);
    if (!key) {
      const { kid: _kid, alg: _alg, ...bare } = this.jwk;
      key = importJWK(bare, algorithm);
      this.imported.set(algorithm, key);
    }
    return key;
  }
}

function isPublicSignatureKey({
  kty,
  kid,
  use,
  key_ops: operations,
  alg,
  ...members
}: JWK): boolean {
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return false;
  if (kid !== undefined && typeof kid !== 'string') return false;
  if (alg !== undefined && typeof alg !== 'string') return false;
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

function bitLength(number: Buffer): number {
  const hex = number.toString('hex').replace(/^0+/, '');
  return hex === '' ? 0 : hex.length * 4 - Math.clz32(Number.parseInt(hex.charAt(0), 16)) + 28;
}
