import { createHash } from 'node:crypto';
import { TOKEN_LENGTH } from './plan.js';

/** A token of usual length, another for each number; nobody looks into it. */
export function makeToken(number: number): string {
  const hash = createHash('sha512').update(String(number)).digest('base64url');
  // By way of a buffer, as text put together in JavaScript would share its parts.
  return Buffer.from(hash.repeat(Math.ceil(TOKEN_LENGTH / hash.length)))
    .subarray(0, TOKEN_LENGTH)
    .toString('latin1');
}
