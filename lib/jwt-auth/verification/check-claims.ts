import { excerpt } from '../../common/excerpt.js';
import { InvalidTokenError } from '../errors.js';
import { isThere } from './claim-mark.js';
import { claimAt, type ClaimPath, nameOf } from './claim-path.js';
import type { JwtClaims } from './decode-token.js';

/** Whom tokens have to be meant for, and where they say so. */
export interface AudienceRules {
  readonly audience: readonly string[];
  /** The first one present counts. */
  readonly audienceClaims: readonly ClaimPath[];
}

/**
 * Checks that the token is meant for this API (RFC 9068 section 4), and gives its audience as a list. An `aud` that is
 * there counts whatever else names the audience: a token for somebody else must be refused (RFC 7519 section 4.1.3).
 *
 * @throws {InvalidTokenError}
 */
export function checkAudience(
  claims: JwtClaims,
  { audience, audienceClaims }: AudienceRules,
): string[] {
  const present = audienceClaims.find((path) => claimAt(claims, path) !== undefined);
  const path = present ?? audienceClaims[0] ?? 'aud';
  if (nameOf(path) !== 'aud' && claims['aud'] !== undefined)
    checkNames('aud', claims['aud'], audience);
  return checkNames(nameOf(path), claimAt(claims, path), audience);
}

/** @param name of the claim, for the log */
function checkNames(name: string, value: unknown, expected: readonly string[]): string[] {
  // Nearly always it is one text.
  if (typeof value === 'string' && value !== '' && expected.includes(value)) return [value];
  const audience: unknown[] = [value].flat();
  const shown = () => `expected ${expected.map((one) => excerpt(one)).join(' or ')}`;
  if (!audience.some(isThere)) {
    const told = value === undefined ? `no ${name}` : `${name} ${excerpt(value)} names nobody`;
    throw new InvalidTokenError('audience', `${told}; ${shown()}`, 'no_audience');
  }
  if (!audience.every((member) => typeof member === 'string'))
    throw new InvalidTokenError('audience', `${name} ${excerpt(value)} is not a text; ${shown()}`);
  if (!audience.some((member) => expected.includes(member))) {
    throw new InvalidTokenError('audience', `${name} ${excerpt(value)}, ${shown()}`);
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
