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
  // Nearly all of them, and a token is asked for many.
  if (typeof path === 'string') return ownMember(claims, path);
  let value: unknown = claims;
  for (const name of path) {
    value = ownMember(value, name);
    if (value === undefined) return undefined;
  }
  return value;
}

function ownMember(value: unknown, name: string): unknown {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/**
 * The texts that the claims at all of these places hold together, each of them a text or a list of texts, or an object
 * where its names are asked for.
 */
export function textsAt(claims: JwtClaims, places: readonly (ClaimPath | ClaimKeys)[]): string[] {
  const texts: string[] = [];
  for (const place of places) {
    const value = isClaimKeys(place) ? keysOf(claimAt(claims, place.path)) : claimAt(claims, place);
    if (typeof value === 'string') texts.push(value);
    else if (Array.isArray(value))
      for (const member of value) if (typeof member === 'string') texts.push(member);
  }
  return texts;
}

/** No more than a token of the largest size can hold, which bounds them. */
function keysOf(value: unknown): string[] {
  if (!isJsonObject(value)) return [];
  return Object.keys(value).filter((name) => name !== '' && Boolean(value[name]));
}
