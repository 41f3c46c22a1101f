import { frozenSet } from '../../common/frozen-set.js';
import { type ClaimKeys, type ClaimPath, textsAt } from './claim-path.js';
import type { JwtClaims } from './decode-token.js';
import type { ImpliedScopes } from './implied-scopes.js';
import { scopeSetOf } from './scope-sets.js';

/** Where an authorization server puts what a token allows. */
export interface ClaimMapping {
  /** The first one present counts. */
  readonly scopeClaims: readonly string[];
  readonly impliedScopes: ImpliedScopes;
  /** All of them count together. */
  readonly roleClaims: readonly (ClaimPath | ClaimKeys)[];
  /** All of them count together. */
  readonly permissionClaims: readonly (ClaimPath | ClaimKeys)[];
}

/** What a token allows. The sets cannot be changed: requests with the same token may share them. */
export interface MappedClaims {
  readonly scopes: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  readonly permissions: ReadonlySet<string>;
}

/** Nearly every token lacks one or the other. */
const NONE: ReadonlySet<string> = frozenSet();

/** Reads from the claims what the token allows, once, when it has been verified. */
export function mapClaims(claims: JwtClaims, mapping: ClaimMapping): MappedClaims {
  const { scopeClaims, impliedScopes, roleClaims, permissionClaims } = mapping;
  return {
    scopes: scopeSetOf(claims, scopeClaims, impliedScopes),
    roles: setOf(textsAt(claims, roleClaims)),
    permissions: setOf(textsAt(claims, permissionClaims)),
  };
}

function setOf(names: readonly string[]): ReadonlySet<string> {
  return names.length > 0 ? frozenSet(names) : NONE;
}
