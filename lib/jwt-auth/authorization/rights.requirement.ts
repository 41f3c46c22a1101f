import type { AccessToken } from '../verification/access-token.js';
import { type Requirement, tokenRequirement } from './requirement.js';

/** What a token can be asked for by name. */
export type Right = 'scope' | 'role' | 'permission';

const HAS: Record<Right, (token: AccessToken, name: string) => boolean> = {
  scope: (token, name) => token.hasScope(name),
  role: (token, name) => token.hasRole(name),
  permission: (token, name) => token.hasPermission(name),
};

/** Asks for all of these scopes, roles or permissions, or for any one of them. */
export function rightsRequirement(
  right: Right,
  names: readonly string[],
  match: 'all' | 'any',
): Requirement {
  const has = HAS[right];
  return tokenRequirement({
    rank: right === 'scope' ? 'scope' : 'token',
    description: `${right} ${names.join(match === 'all' ? ' and ' : ' or ')}`,
    scopes: right === 'scope' ? names : [],
    isMetByToken:
      match === 'all'
        ? (token) => names.every((name) => has(token, name))
        : (token) => names.some((name) => has(token, name)),
  });
}
