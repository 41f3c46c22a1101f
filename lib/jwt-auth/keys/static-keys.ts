import { createPublicKey } from 'node:crypto';
import { isJsonObject, parseJsonObject } from '../../common/json.js';
import type { KeyOptions } from '../options/issuer.options.js';
import { type KeySource, matchingKeys } from './key-source.js';
import { VerificationKey } from './verification-key.js';

/** RFC 7518 section 3.2: a key of the size of the hash output or larger, and SHA-256 is the smallest. */
const MIN_SECRET_BYTES = 32;

/** Keys that were given as options. Nothing is ever fetched, so they are always there. */
export class StaticKeys implements KeySource {
  private readonly keys: ReadonlySet<VerificationKey>;

  constructor(keys: readonly VerificationKey[]) {
    this.keys = new Set(keys);
  }

  async candidates(
    algorithm: string,
    kid: string | undefined,
  ): Promise<readonly VerificationKey[]> {
    return matchingKeys(this.keys, algorithm, kid);
  }

  get size(): number {
    return this.keys.size;
  }

  async renew(): Promise<boolean> {
    return false;
  }

  trusts(key: VerificationKey): boolean {
    return this.keys.has(key);
  }

  async warmUp(): Promise<void> {}
}

/** The keys in the options; those that are not fit for checking signatures are left out. */
export function readStaticKeys({ jwks, publicKey, secret }: KeyOptions): VerificationKey[] {
  const given: unknown[] = [...(jwks?.keys ?? [])];
  if (typeof publicKey === 'string') given.push(jwkOf(publicKey));
  else if (publicKey !== undefined) given.push(publicKey);
  const keys = given.map((jwk) => VerificationKey.read(jwk));
  if (secret !== undefined) keys.push(VerificationKey.ofSecret(Buffer.from(secret)));
  return keys.filter((key) => key !== undefined);
}

/** Says what is wrong with a key that an option gives, without repeating it, or nothing. */
export function staticKeyFault(path: string, options: Record<string, unknown>): string | undefined {
  const { secret } = options;
  if (secret !== undefined) {
    const isBytes = typeof secret === 'string' || secret instanceof Uint8Array;
    // As a secret, a public key is one that everybody knows.
    if (isBytes && isPublished(Buffer.from(secret).toString('latin1')))
      return `${path}: is a key in PEM or JWK, and no secret. Give a public key as publicKey.`;
    return isBytes && Buffer.from(secret).length >= MIN_SECRET_BYTES
      ? undefined
      : `${path}: must be a text or bytes, at least ${MIN_SECRET_BYTES} bytes long.`;
  }
  const isKey = isJsonObject(options['jwks']) || isPublicKey(options['publicKey']);
  return isKey && readStaticKeys(options).length > 0
    ? undefined
    : `${path}: has no public key that can check signatures. RSA keys need 2048 bits; private keys do not belong here.`;
}

function isPublicKey(value: unknown): boolean {
  return typeof value === 'string' || isJsonObject(value);
}

function isPublished(secret: string): boolean {
  return secret.includes('-----BEGIN ') || parseJsonObject(secret)?.['kty'] !== undefined;
}

function jwkOf(pem: string): unknown {
  // Node would quietly make a public key of a private one, which has no business in an API.
  if (pem.includes('PRIVATE KEY')) return undefined;
  try {
    return createPublicKey(pem).export({ format: 'jwk' });
  } catch {
    return undefined;
  }
}
