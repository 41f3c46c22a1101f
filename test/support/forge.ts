import { constants, createPrivateKey, type SignKeyObjectInput, sign } from 'node:crypto';
import type { JWK } from 'jose';

/** What a part of a token is made of: bytes as they are, a text as it is, anything else as JSON. */
export type Part = Buffer | string | object | number | boolean | null;

export function bytesOf(part: Part): Buffer {
  if (Buffer.isBuffer(part)) return part;
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part));
}

export function segment(part: Part): string {
  return bytesOf(part).toString('base64url');
}

/** A token of any header, any claims and any signature: no library would make it. */
export function forge(header: Part, claims: Part, signature: Part = 'no signature'): string {
  return `${segment(header)}.${segment(claims)}.${segment(signature)}`;
}

/**
 * A token of any header and any claims, whose signature by this key is right all the same: what is wrong with it
 * must be found by other means. The algorithm need not be the one that the header names.
 */
export function forgeSigned(header: Part, claims: Part, key: JWK, alg = key.alg): string {
  const input = `${segment(header)}.${segment(claims)}`;
  return `${input}.${signatureOf(input, key, alg).toString('base64url')}`;
}

export function signatureOf(input: string, key: JWK, alg = key.alg ?? 'RS256'): Buffer {
  const hash = /^[RPE]S(\d{3})$/.exec(alg)?.[1];
  return sign(hash && `sha${hash}`, Buffer.from(input), signerOf(key, alg));
}

function signerOf(key: JWK, alg: string): SignKeyObjectInput {
  const privateKey = createPrivateKey({ key: { ...key }, format: 'jwk' });
  if (alg.startsWith('PS')) {
    const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
    return { key: privateKey, padding, saltLength };
  }
  return { key: privateKey, dsaEncoding: 'ieee-p1363' };
}

/** The claims of a good token from this issuer for the API of the tests. */
export function goodClaims(issuer: string): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    aud: 'https://api.example.com',
    sub: 'alice',
    client_id: 'web',
    iat: now,
    exp: now + 300,
  };
}

/** As a key set publishes it. */
export function publicPart({ kty, crv, n, e, x, y, kid, use, alg }: JWK): JWK {
  const members = { kty, crv, n, e, x, y, kid, use, alg };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
