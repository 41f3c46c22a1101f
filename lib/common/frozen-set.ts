/**
 * A set that stays as it is made, at run time too: `ReadonlySet` is only a promise of the compiler, and what
 * one request did to a set that several share would be seen by the others.
 */
export class FrozenSet<T> extends Set<T> {
  constructor(values: Iterable<T> = []) {
    super();
    for (const value of values) super.add(value);
    Object.freeze(this);
  }

  override add(): never {
    throw unchangeable();
  }

  override delete(): never {
    throw unchangeable();
  }

  override clear(): never {
    throw unchangeable();
  }
}

function unchangeable(): TypeError {
  return new TypeError('This set cannot be changed: make one of your own with new Set(...)');
}
