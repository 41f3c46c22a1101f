import { KeyObject } from 'node:crypto';
import { importJWK, type JWK } from 'jose';
import { isJsonObject } from '../../common/json.js';
import type { JwtClaims } from '../verification/decode-token.js';
import { isFit, KEY_KINDS, type PublishedKey } from './key-fitness.js';
import { fitsIssuer } from './key-issuer.js';
import { publicKeyCheck, secretCheck, type SignatureCheck } from './signature-check.js';

/** The bytes that a secret needs at least (RFC 7518 section 3.2). */
const MIN_SECRET_BYTES: Record<string, number> = { HS256: 32, HS384: 48, HS512: 64 };

/** A key that checks signatures, imported when it is first needed, once for each algorithm. */
export class VerificationKey {
  readonly kid: string | undefined;
  /** The same for the same key with the same name and purpose, whenever it was read. */
  readonly identity: string;
  private readonly checks = new Map<string, SignatureCheck | Promise<SignatureCheck>>();

  private constructor(private readonly jwk: PublishedKey) {
    this.kid = jwk.kid;
    this.identity = JSON.stringify(jwk, Object.keys(jwk).toSorted());
  }

  /** Reads one member of a key set; nothing comes of one that is not a public key fit for checking signatures. */
  static read(value: unknown): VerificationKey | undefined {
    if (!isJsonObject(value) || !isFit(value)) return undefined;
    const { kty, crv, n, e, x, y, kid, alg, issuer }: PublishedKey = value;
    // A bare key: what else the entry says (key_ops, ext, x5c) has been looked at, or is not for us.
    const members = Object.entries({ kty, crv, n, e, x, y, kid, alg, issuer });
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

  /** Whether this key may have signed a token with these claims: one that belongs to an issuer vouches for no other. */
  vouchesFor(claims: JwtClaims): boolean {
    const { issuer } = this.jwk;
    return issuer === undefined || fitsIssuer(issuer, claims);
  }

  /**
   * How signatures of an algorithm are checked with this key: at once, when it has been asked before.
   *
   * @throws whatever is wrong with the key
   */
  checkFor(algorithm: string): SignatureCheck | Promise<SignatureCheck> {
    let check = this.checks.get(algorithm);
    if (!check) {
      check = this.importFor(algorithm);
      this.checks.set(algorithm, check);
    }
    return check;
  }

  private async importFor(algorithm: string): Promise<SignatureCheck> {
    const { kid: _kid, alg: _alg, issuer: _issuer, ...bare } = this.jwk;
    const check =
      bare.kty === 'oct'
        ? secretCheck(Buffer.from(bare.k ?? '', 'base64url'), algorithm)
        : publicKeyCheck(await importPublicKey(bare, algorithm), algorithm);
    this.checks.set(algorithm, check);
    return check;
  }
}

/** By way of WebCrypto, which looks at a JWK more closely than Node's own import does. */
async function importPublicKey(jwk: JWK, algorithm: string): Promise<KeyObject> {
  const key = await importJWK(jwk, algorithm);
  if (key instanceof Uint8Array) throw new TypeError('A secret is no public key');
  return KeyObject.from(key);
}
