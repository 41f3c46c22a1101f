import { createHmac, randomBytes, randomUUID } from 'node:crypto';

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
