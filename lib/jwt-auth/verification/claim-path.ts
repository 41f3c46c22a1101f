import { isJsonObject } from '../../common/json.js';
import type { JwtClaims } from './decode-token.js';

/**
 * Where a claim is. A text is the name of a claim as it stands: names hold dots, colons and slashes. A
 * list is a path into nested objects: `['realm_access', 'roles']`.
 */
export type ClaimPath = string | readonly string[];

/** Whether a value names a claim. */
export function isClaimPath(value: unknown): value is ClaimPath {
  const names: unknown[] = Array.isArray(value) ? value : [value];
  return names.length > 0 && names.every((name) => typeof name === 'string' && name !== '');
}

/** As it is written in texts: `realm_access.roles`. */
export function nameOf(path: ClaimPath): string {
  return typeof path === 'string' ? path : path.join('.');
}

/** The claim at a path; nothing where it leads nowhere. Only what the token itself holds counts, nothing inherited. */
export function claimAt(claims: JwtClaims, path: ClaimPath): unknown {
  let value: unknown = claims;
  for (const name of typeof path === 'string' ? [path] : path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** The texts that the claims at all of these paths hold together, each of them a text or a list of texts. */
export function textsAt(claims: JwtClaims, paths: readonly ClaimPath[]): string[] {
  return paths
    .flatMap((path): unknown => claimAt(claims, path))
    .filter((member) => typeof member === 'string');
}
