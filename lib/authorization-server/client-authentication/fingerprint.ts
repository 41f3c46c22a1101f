import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { digestOf } from '../../common/digest.js';

/** Of this process alone, so that a fingerprint says nothing about a secret outside of it. */
const fingerprintKey = randomBytes(32);
const sourceNames = new WeakMap<object, string>();

/**
 * Tells one source of a secret from another. A constant counts by its value. A function or an object
 * counts as itself, not as what it returns: so the key of a token is known without a call to the
 * function, any number of callers can find the token request under way, and a rotation needs nothing but
 * the next token request, which reads the secret anew.
 */
export function fingerprintOf(source: string | object): string {
  if (typeof source === 'string') {
    return createHmac('sha256', fingerprintKey).update(source).digest('base64url');
  }
  const known = sourceNames.get(source) ?? randomUUID();
  sourceNames.set(source, known);
  return known;
}

/**
 * The same in every process: to tell there whether a token was got with the same secret. Says something about the secret
 * to whoever guesses at it, so it leaves the process encrypted or not at all. A function or an object counts like every other.
 */
export function proofOf(source: string | object): string {
  return typeof source === 'string' ? digestOf(['nestjs-access-tokens', source]) : 'read anew';
}
