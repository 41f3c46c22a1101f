import { compactVerify } from 'jose';
import { InvalidTokenError } from '../errors.js';
import type { VerificationKey } from '../keys/verification-key.js';

/**
 * Checks that one of the keys signed the token (RFC 7515 section 5.2).
 *
 * @returns that key
 * @throws {InvalidTokenError}
 */
export async function verifySignature(
  token: string,
  alg: string,
  keys: readonly VerificationKey[],
): Promise<VerificationKey> {
  for (const key of keys) {
    try {
      // One after the other: nearly always there is only one.
      await compactVerify(token, await key.import(alg), { algorithms: [alg] });
      return key;
    } catch {
      continue;
    }
  }
  throw new InvalidTokenError('signature', `none of ${keys.length} keys signed it`);
}
