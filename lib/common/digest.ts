import { createHash } from 'node:crypto';

/**
 * The SHA-256 of everything that tells one thing from another, as base64url. By way of JSON and not of a separator, which
 * could occur in a value.
 */
export function digestOf(everything: unknown): string {
  return createHash('sha256').update(JSON.stringify(everything)).digest('base64url');
}
