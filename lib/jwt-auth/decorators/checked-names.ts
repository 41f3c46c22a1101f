/**
 * The names that a decorator is given, when they are some.
 *
 * @internal
 * @throws {TypeError} when there are none, or one is no such thing
 */
export function checkedNames(
  decorator: string,
  names: readonly unknown[],
  { one, example }: { readonly one: string; readonly example: string },
): readonly string[] {
  if (names.length === 0)
    throw new TypeError(`@${decorator}() names no ${one}: write @${decorator}('${example}')`);
  return names.map((name) => {
    if (typeof name === 'string' && name !== '') return name;
    throw new TypeError(`@${decorator}(): ${shown(name)} is not a ${one}`);
  });
}

/** As one would write it, for the message of an error. @internal */
export function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
