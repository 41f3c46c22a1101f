import { isJsonObject } from '../../common/json.js';
import type { JwtClaims } from './decode-token.js';

/**
 * Where a claim is. A text is the name of a claim as it stands: names hold dots, colons and slashes. A
 * list is a path into nested objects: `['realm_access', 'roles']`.
 */
export type ClaimPath = string | readonly string[];

/**
 * A claim that is an object whose names count, as Zitadel writes roles: `{ admin: { … }, editor: { … } }`. A name whose value
 * is empty (`false`, `null`, `0` or `''`) does not.
 */
export interface ClaimKeys {
  /** Where the object is. */
  readonly path: ClaimPath;
  readonly keys: true;
}

/** Whether a value names a claim that is an object whose names count. */
export function isClaimKeys(value: unknown): value is ClaimKeys {
  if (!isJsonObject(value)) return false;
  const { path, keys, ...unknown } = value;
  return isClaimPath(path) && keys === true && Object.keys(unknown).length === 0;
}

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

/**
 * The texts that the claims at all of these places hold together, each of them a text or a list of texts, or an object
 * where its names are asked for.
 */
export function textsAt(claims: JwtClaims, places: readonly (ClaimPath | ClaimKeys)[]): string[] {
  return places
    .flatMap((place): unknown =>
      isClaimKeys(place) ? keysOf(claimAt(claims, place.path)) : claimAt(claims, place),
    )
    .filter((member) => typeof member === 'string');
}

/** No more than a token of the largest size can hold, which bounds them. */
function keysOf(value: unknown): string[] {
  if (!isJsonObject(value)) return [];
  return Object.keys(value).filter((name) => name !== '' && Boolean(value[name]));
}
