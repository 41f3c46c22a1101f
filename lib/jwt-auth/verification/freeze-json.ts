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

/**
 * Freezes the lists and plain objects of a value that may hold anything else as well, such as dates, which stay as they
 * are. For what an application's own code has made, so nothing is taken from it.
 */
export function freezePlain(value: unknown): void {
  if (!Array.isArray(value) && !isPlainObject(value)) return;
  if (Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freezePlain(member);
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
