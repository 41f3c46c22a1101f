const refuse = {
  value(): never {
    throw new TypeError('This set cannot be changed: make one of your own with new Set(...)');
  },
};

/** No class: its instances are sets like any other to those who compare them, as tests do. */
const FROZEN: object = Object.create(Set.prototype, { add: refuse, delete: refuse, clear: refuse });

/**
 * A set that stays as it is made, at run time too: `ReadonlySet` is only a promise of the compiler, and what
 * one request did to a set that several share would be seen by the others.
 */
export function frozenSet<T>(values: Iterable<T> = []): ReadonlySet<T> {
  const set = new Set(values);
  Object.setPrototypeOf(set, FROZEN);
  return Object.freeze(set);
}
