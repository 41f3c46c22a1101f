import { isJsonObject } from '../../common/json.js';

/** Deeper than any claim in the wild, and far from what exhausts the stack of those who walk it. */
const MAX_DEPTH = 64;

/**
 * A copy of a JSON object that is frozen all the way down, and whose objects have no prototype: what is not there is then
 * `undefined`, whatever it is called. Nothing where it is too deep.
 *
 * A copy, as V8 gives each object whose prototype is taken away when it is full a hidden class of its own, and each look at
 * one of them is then a search. Those that are filled afterwards share theirs.
 */
export function frozenJson(
  object: Readonly<Record<string, unknown>>,
  depth = 0,
): Readonly<Record<string, unknown>> | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const copy: Record<string, unknown> = Object.setPrototypeOf({}, null);
  for (const name of Object.keys(object)) {
    const member = frozenValue(object[name], depth + 1);
    if (member === undefined) return undefined;
    copy[name] = member;
  }
  return Object.freeze(copy);
}

/** Nothing where it is too deep: that is no value of JSON. */
function frozenValue(value: unknown, depth: number): unknown {
  if (!Array.isArray(value)) return isJsonObject(value) ? frozenJson(value, depth) : value;
  if (depth > MAX_DEPTH) return undefined;
  const copy: unknown[] = value.map((member: unknown) => frozenValue(member, depth + 1));
  return copy.includes(undefined) ? undefined : Object.freeze(copy);
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
