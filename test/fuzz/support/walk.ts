/** More than any answer or error leads to, unless it leads to the whole process. */
const MAX_OBJECTS = 50_000;
/** Not enumerable where they are getters or belong to errors, and read by everybody all the same. */
const KNOWN_WAYS = ['message', 'stack', 'cause', 'config', 'request', 'response', 'data', 'detail'];

/**
 * Goes wherever a serializer or a curious program can get from a value, to any depth: all that is enumerable, what is in
 * maps and sets, and the ways that everybody knows.
 *
 * @returns the way to the first text that has what is looked for in it; nothing where there is none
 */
export function wayToText(root: unknown, matches: (text: string) => boolean): string | undefined {
  const seen = new Set<unknown>();
  const queue: [value: unknown, way: string][] = [[root, '']];
  // One after the other, so that the way that is found is the shortest.
  for (const [value, way] of queue) {
    const text = textOf(value);
    if (text !== undefined) {
      if (matches(text)) return way;
      continue;
    }
    if (!isObject(value) || seen.has(value)) continue;
    seen.add(value);
    if (seen.size > MAX_OBJECTS) throw new Error(`leads to everything there is: ${way}`);
    for (const [name, member] of membersOf(value)) {
      if (isObject(member) || typeof member === 'string') queue.push([member, `${way}.${name}`]);
    }
  }
  return undefined;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
  return undefined;
}

function* membersOf(value: object): Iterable<[string, unknown]> {
  if (value instanceof Map) yield* [...value].flat().map(numbered);
  if (value instanceof Set) yield* [...value].map(numbered);
  const names = new Set<PropertyKey>(KNOWN_WAYS.filter((name) => name in value));
  for (const name of Reflect.ownKeys(value)) {
    if (Object.getOwnPropertyDescriptor(value, name)?.enumerable === true) names.add(name);
  }
  for (const name of names) yield [String(name), read(value, name)];
}

function numbered(member: unknown, index: number): [string, unknown] {
  return [String(index), member];
}

function read(value: object, name: PropertyKey): unknown {
  try {
    return Reflect.get(value, name);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
