import type { AccessToken } from '../verification/access-token.js';
import { claimAt, type ClaimPath, nameOf } from '../verification/claim-path.js';
import type { Requirement } from './requirement.js';

/** What a claim, or a member of it, is compared with: exactly, and without conversion. */
export type ClaimValue = string | number | boolean;

/** Decides about the value of a claim. Only `true` counts as yes. */
export type ClaimPredicate = (value: unknown, token: AccessToken) => boolean | Promise<boolean>;

/** Asks for a claim; with no expectation, only that it is there. */
export function claimRequirement(
  claim: ClaimPath,
  expected?: readonly ClaimValue[] | ClaimPredicate,
): Requirement {
  const accepts = typeof expected === 'function' ? expected : comparison(expected);
  return {
    rank: 'token',
    description: `claim ${nameOf(claim)}`,
    scopes: [],
    changeable: typeof expected === 'function',
    isMetBy: (token) => {
      const value = claimAt(token.claims, claim);
      return value !== undefined && value !== null && accepts(value, token);
    },
  };
}

function comparison(expected: readonly ClaimValue[] | undefined): ClaimPredicate {
  if (!expected) return () => true;
  const values: readonly unknown[] = expected;
  return (value) =>
    Array.isArray(value) ? value.some((member) => values.includes(member)) : values.includes(value);
}
