import type { AccessToken } from '../verification/access-token.js';
import { claimAt, type ClaimPath, nameOf } from '../verification/claim-path.js';
import { type Requirement, tokenRequirement } from './requirement.js';

/** What a claim, or a member of it, is compared with: exactly, and without conversion. */
export type ClaimValue = string | number | boolean;

/** Decides about the value of a claim. Only `true` counts as yes. */
export type ClaimPredicate = (value: unknown, token: AccessToken) => boolean | Promise<boolean>;

/** Asks for a claim; with no expectation, only that it is there. */
export function claimRequirement(
  claim: ClaimPath,
  expected?: readonly ClaimValue[] | ClaimPredicate,
): Requirement {
  const said = { rank: 'token', description: `claim ${nameOf(claim)}`, scopes: [] } as const;
  const valueIn = (token: AccessToken): unknown => claimAt(token.claims, claim) ?? undefined;
  if (typeof expected === 'function') {
    return {
      ...said,
      changeable: true,
      isMetBy: (token) => {
        const value = valueIn(token);
        return value !== undefined && expected(value, token);
      },
    };
  }
  return tokenRequirement({
    ...said,
    isMetByToken: (token) => {
      const value = valueIn(token);
      return value !== undefined && (!expected || isAmong(expected, value));
    },
  });
}

/** A list is accepted for any member of it. */
function isAmong(expected: readonly unknown[], value: unknown): boolean {
  return Array.isArray(value)
    ? value.some((member) => expected.includes(member))
    : expected.includes(value);
}
