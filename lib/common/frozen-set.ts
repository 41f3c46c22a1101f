const refuse = { value: unchangeable };
const CHANGES = { add: refuse, delete: refuse, clear: refuse };

/**
 * A set that stays as it is made, at run time too: `ReadonlySet` is only a promise of the compiler, and what
 * one request did to a set that several share would be seen by the others.
 *
 * No class of its own: tests rightly expect it to equal `new Set([...])`.
 */
export function frozenSet<T>(values: Iterable<T> = []): ReadonlySet<T> {
  return Object.freeze(Object.defineProperties(new Set(values), CHANGES));
}

function unchangeable(): never {
  throw new TypeError('This set cannot be changed: make one of your own with new Set(...)');
}
