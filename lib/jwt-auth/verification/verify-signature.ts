import { compactVerify } from 'jose';
import type { VerificationKey } from '../keys/verification-key.js';

/**
 * Finds the key that signed a token (RFC 7515 section 5.2).
 *
 * @returns nothing when none of the keys did
 */
export async function verifySignature(
  token: string,
  alg: string,
  keys: readonly VerificationKey[],
): Promise<VerificationKey | undefined> {
  for (const key of keys) {
    try {
      // One after the other: nearly always there is only one.
      await compactVerify(token, await key.import(alg), { algorithms: [alg] });
      return key;
    } catch {
      continue;
    }
  }
  return undefined;
}
