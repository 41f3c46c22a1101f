import { exportJWK, generateKeyPair, type JWK } from 'jose';

export type SigningAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'Ed25519';

/** A private key with what a key set says of it. Its `kid` tells it from the keys before and after it. */
export interface SigningKey extends JWK {
  kid: string;
  alg: SigningAlgorithm;
}

export async function createSigningKey(alg: SigningAlgorithm = 'RS256'): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: crypto.randomUUID(), use: 'sig', alg };
}
