import {
  type ClaimPredicate,
  claimRequirement,
  type ClaimValue,
} from '../authorization/claim.requirement.js';
import { type ClaimPath, isClaimPath, nameOf } from '../verification/claim-path.js';
import { shown } from './checked-names.js';
import { declareAccess } from './declare-access.js';

/** What {@link RequireClaim} wants a claim to be: this value, one of these, or what a function says yes to. */
export type ClaimExpectation = ClaimValue | readonly ClaimValue[] | ClaimPredicate;

/**
 * Opens a controller or a handler only to access tokens with a claim, whose value is compared exactly and without
 * conversion. Of a claim that is a list, one member is enough. With no expectation at all the claim must only be
 * there. A claim that is missing, `null` or inherited never meets it.
 *
 * @example
 * ```ts
 * @RequireClaim('org', 'acme')
 * @RequireClaim('plan', ['pro', 'enterprise'])
 * @RequireClaim('level', (level) => typeof level === 'number' && level >= 3)
 * ```
 * @param claim - its name as it stands, dots and all; or, as a list, a path: `['address', 'country']`
 * @throws {TypeError} when the claim has no name, or the expectation is nothing to compare with, such as `undefined`
 */
export function RequireClaim(
  claim: ClaimPath,
  ...expectation: [] | [expected: ClaimExpectation]
): ClassDecorator & MethodDecorator {
  if (!isClaimPath(claim))
    throw new TypeError(`@RequireClaim(): ${shown(claim)} is not the name of a claim`);
  if (expectation.length === 0) return declareAccess('required', claimRequirement(claim));
  const [expected] = expectation;
  if (typeof expected === 'function')
    return declareAccess('required', claimRequirement(claim, expected));
  const values: readonly unknown[] = Array.isArray(expected) ? expected : [expected];
  // An environment variable that is not set must not open the handler to every value.
  if (values.length === 0 || !values.every(isClaimValue))
    throw new TypeError(`@RequireClaim('${nameOf(claim)}') has no value to compare with`);
  return declareAccess('required', claimRequirement(claim, values.filter(isClaimValue)));
}

function isClaimValue(value: unknown): value is ClaimValue {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
