/**
 * Lets a member be read by its name alone. It is not enumerable, so that neither copies nor loggers come across
 * it, and behind a getter, which `util.inspect` does not call even where it shows the rest.
 *
 * @param set what to do with a new value; without it, it takes the place of the hidden one
 */
export function hideMember(
  owner: object,
  name: PropertyKey,
  get: () => unknown,
  set: (value: unknown) => void = (value) => replaceMember(owner, name, value),
): boolean {
  return Reflect.defineProperty(owner, name, { configurable: true, enumerable: false, get, set });
}

function replaceMember(owner: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(owner, name, {
    configurable: true,
    enumerable: true,
    writable: true,
    value,
  });
}
