import { excerpt } from '../../common/excerpt.js';
import { InvalidTokenError } from '../errors.js';
import { isThere } from './claim-mark.js';
import type { JwtClaims } from './decode-token.js';

/**
 * Checks that the token is meant for this API (RFC 9068 section 4), and gives its audience as a list.
 *
 * @throws {InvalidTokenError}
 */
export function checkAudience(claims: JwtClaims, expected: readonly string[]): string[] {
  const { aud } = claims;
  const audience: unknown[] = [aud].flat();
  const shown = `expected ${expected.map((name) => excerpt(name)).join(' or ')}`;
  if (!audience.some(isThere))
    throw new InvalidTokenError('audience', `no aud; ${shown}`, 'no_audience');
  if (!audience.every((member) => typeof member === 'string'))
    throw new InvalidTokenError('audience', `aud ${excerpt(aud)} is not a text; ${shown}`);
  if (!audience.some((member) => expected.includes(member))) {
    throw new InvalidTokenError('audience', `aud ${excerpt(aud)}, ${shown}`);
  }
  return [...audience];
}

/**
 * Refuses a sender-constrained token (RFC 7800): it is worth nothing without the proof, and taking it for a
 * bearer token would undo the protection that its owner asked for.
 *
 * @throws {InvalidTokenError}
 */
export function checkBinding(claims: JwtClaims): void {
  if (claims['cnf'] !== undefined)
    throw new InvalidTokenError('binding', 'claim cnf, which cannot be verified here');
}
