import type { VerificationKey } from '../keys/verification-key.js';
import type { SignedToken } from './decode-token.js';

/**
 * Finds the key that signed a token (RFC 7515 section 5.2).
 *
 * @returns nothing when none of the keys did
 */
export async function verifySignature(
  { signingInput, signature }: Pick<SignedToken, 'signingInput' | 'signature'>,
  alg: string,
  keys: readonly VerificationKey[],
): Promise<VerificationKey | undefined> {
  // What was base64url is ASCII.
  const input = Buffer.from(signingInput, 'latin1');
  for (const key of keys) {
    try {
      const check = await key.checkFor(alg);
      // One after the other: nearly always there is only one.
      if (await check(input, signature)) return key;
    } catch {
      continue;
    }
  }
  return undefined;
}
