import type { ExecutionContext } from '@nestjs/common';
import { excerpt } from '../../common/excerpt.js';
import { isScope } from '../verification/scopes.js';
import { NEVER, type Requirement } from './requirement.js';
import { rightsRequirement } from './rights.requirement.js';

/**
 * Works out from the request which scopes it needs, at once or later.
 *
 * It is asked for requests without a token too, as the challenge names the scopes: keep it cheap, and let
 * it say nothing that strangers may not know. After 10 seconds without an answer the request is refused with 503.
 */
export type ScopesOfRequest = (
  context: ExecutionContext,
) => string | readonly string[] | Promise<string | readonly string[]>;

/** Asks for scopes that depend on the request. */
export function computedScopesRequirement(
  compute: ScopesOfRequest,
  match: 'all' | 'any',
): Requirement {
  return {
    rank: 'scope',
    description: 'scopes that depend on the request',
    scopes: [],
    changeable: true,
    forRequest: async (context, time) => fixed(await time.wait(compute(context)), match),
    isMetBy: async (token, context, policies) =>
      fixed(await compute(context), match).isMetBy(token, context, policies),
  };
}

/** A part of the URL that holds a space must not become a second scope, nor an empty list an open door. */
function fixed(scopes: unknown, match: 'all' | 'any'): Requirement {
  const given: unknown[] = Array.isArray(scopes) ? scopes : [scopes];
  const names = given.filter((name) => typeof name === 'string').filter(isScope);
  if (names.length > 0 && names.length === given.length)
    return rightsRequirement('scope', names, match);
  const mistake = `what was worked out from the request, ${excerpt(given)}, is not a scope or a list of scopes`;
  return { ...NEVER, description: 'scopes that could not be worked out', mistake };
}
