import { isJsonObject } from '../../common/json.js';
import { claimAt, type ClaimPath, isClaimPath } from './claim-path.js';
import type { DecodedToken } from './decode-token.js';

/**
 * A sign in a token: where, and what is there. The place is the name of a claim, a path into nested ones, or
 * `'header.gty'` for a parameter of the header. A text or number is compared exactly, a `RegExp` tries a text; of a list
 * one member has to fit. `true`: it is there, and is neither `null`, `false` nor an empty text or list; `false`: it is
 * not, or is one of these.
 *
 * @example `['gty', 'client-credentials']`, `[['act', 'sub'], true]`, `['sub', false]`, `['header.gty', /^client/]`
 */
export type ClaimMark = readonly [place: ClaimPath, expected: string | number | boolean | RegExp];

/** Signs that have to be there together. */
export type Marks = readonly ClaimMark[];

const HEADER = 'header.';

/** Whether a value is a list of signs. */
export function areClaimMarks(value: unknown): value is readonly ClaimMark[] {
  return Array.isArray(value) && value.length > 0 && value.every(isClaimMark);
}

function isClaimMark(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [place, expected]: unknown[] = value;
  const comparable =
    ['string', 'boolean'].includes(typeof expected) ||
    Number.isFinite(expected) ||
    expected instanceof RegExp;
  return isClaimPath(place) && comparable;
}

/** Whether a token has a sign. */
export function hasMark(token: DecodedToken, [place, expected]: ClaimMark): boolean {
  const value = valueAt(token, place);
  const members: unknown[] = Array.isArray(value) ? value : [value];
  if (typeof expected === 'boolean') return members.some(isThere) === expected;
  if (!(expected instanceof RegExp)) return members.includes(expected);
  // `search` takes no notice of where a global expression left off.
  return members.some((member) => typeof member === 'string' && member.search(expected) >= 0);
}

/** Whether a token has all signs of one of these groups. */
export function hasAnyMarks(token: DecodedToken, groups: readonly Marks[]): boolean {
  return groups.some((marks) => marks.every((mark) => hasMark(token, mark)));
}

function valueAt({ claims, parameters }: DecodedToken, place: ClaimPath): unknown {
  return typeof place === 'string' && place.startsWith(HEADER)
    ? claimAt(parameters, place.slice(HEADER.length))
    : claimAt(claims, place);
}

/** Whether a claim is there and says something. */
export function isThere(value: unknown): boolean {
  if (Array.isArray(value) || isJsonObject(value)) return true;
  return value !== undefined && value !== null && value !== false && value !== '';
}
