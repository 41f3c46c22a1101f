/** Deeper than any claim in the wild, and far from what exhausts the stack of those who walk it. */
const MAX_DEPTH = 64;

/**
 * Freezes a JSON value all the way down, and takes the prototypes of its objects away: what is not there is then
 * `undefined`, whatever it is called. Says whether it could: too deep a value is refused.
 */
export function freezeJson(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth > MAX_DEPTH) return false;
  if (!Array.isArray(value)) Object.setPrototypeOf(value, null);
  Object.freeze(value);
  return Object.values(value).every((member) => freezeJson(member, depth + 1));
}
