import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import type { AssertionSigner } from 'nestjs-access-tokens';

/** A key pair of a client, in every form that one can be given in. */
export interface ClientKey {
  algorithm: string;
  privateKey: KeyObject;
  publicJwk: JWK;
  /** PKCS #8. */
  pem: string;
  jwk: JsonWebKey;
}

const kinds = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

export function clientKey(algorithm: keyof typeof kinds = 'ES256'): ClientKey {
  const { privateKey, publicKey } = kinds[algorithm]();
  return {
    algorithm,
    privateKey,
    publicJwk: { ...(publicKey.export({ format: 'jwk' }) as JWK), use: 'sig' },
    pem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    jwk: privateKey.export({ format: 'jwk' }),
  };
}

/** As a key management service signs with ES256; with DER in place of what JWS wants if told so. */
export function remoteSigner(
  { privateKey }: ClientKey,
  dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363',
) {
  const inputs: string[] = [];
  const signer: AssertionSigner = {
    algorithm: 'ES256',
    sign: async (data) => {
      inputs.push(Buffer.from(data).toString());
      return sign('sha256', data, { key: privateKey, dsaEncoding });
    },
  };
  return Object.assign(signer, { inputs });
}
