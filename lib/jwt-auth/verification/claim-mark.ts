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
  if (!Array.isArray(value)) return fits(value, expected);
  // A list is not there when nothing in it is.
  return expected === false ? !value.some(isThere) : value.some((member) => fits(member, expected));
}

function fits(value: unknown, expected: ClaimMark[1]): boolean {
  if (typeof expected === 'boolean') return isThere(value) === expected;
  if (!(expected instanceof RegExp)) return value === expected;
  // `search` takes no notice of where a global expression left off.
  return typeof value === 'string' && value.search(expected) >= 0;
}

/** Whether a token has all signs of one of these groups. */
export function hasAnyMarks(token: DecodedToken, groups: readonly Marks[]): boolean {
  const { claims } = token;
  // Each token is asked for dozens of signs, and has the claims of few of them.
  for (const { marks, claim } of searchedBy(groups)) {
    if (claim !== undefined && claims[claim] === undefined) continue;
    if (hasMarks(token, marks)) return true;
  }
  return false;
}

/** A group, and a claim without which no token has it, if there is one. */
interface Searched {
  readonly marks: Marks;
  readonly claim: string | undefined;
}

const searched = new WeakMap<readonly Marks[], readonly Searched[]>();

function searchedBy(groups: readonly Marks[]): readonly Searched[] {
  let known = searched.get(groups);
  if (!known) {
    known = groups.map((marks) => ({ marks, claim: neededBy(marks) }));
    searched.set(groups, known);
  }
  return known;
}

function neededBy(marks: Marks): string | undefined {
  const needed = marks.filter(([, expected]) => expected !== false);
  const claims = needed.map(([place]) => (typeof place === 'string' ? place : place[0]));
  return claims.find((claim) => claim?.startsWith(HEADER) === false);
}

function hasMarks(token: DecodedToken, marks: Marks): boolean {
  for (const mark of marks) if (!hasMark(token, mark)) return false;
  return true;
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
