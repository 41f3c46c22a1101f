import fc from 'fast-check';
import { letters } from './edits.js';

/** Texts that are long, or look like something else. */
const TEXTS = [
  '',
  ' ',
  'none',
  'null',
  '[]',
  '0x10',
  '1e3',
  ' 1 ',
  '__proto__',
  'toString',
  'a'.repeat(5_000),
];
const NUMBERS = [0, -0, -1, 0.5, 1e308, 2 ** 53, 9_999_999_999, 253_402_300_800, 8_640_000_000_001];

/** A value that somebody may put where another kind of value belongs. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...TEXTS),
  fc.constantFrom<unknown>(...NUMBERS),
  fc.constantFrom<unknown>(null, true, false, [], {}, [null], [[]], [1], ['a', 1], { a: 1 }),
  letters,
  fc.jsonValue({ maxDepth: 3 }),
  fc.array(letters, { maxLength: 5 }),
);

/** What becomes of the members of an object. A member that is to go is named in `without`. */
export interface Changes {
  readonly set: Readonly<Record<string, unknown>>;
  readonly without: readonly string[];
}

/** Members that any object has, whether it holds them or not. */
const INHERITED = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'toJSON', 'then', ''];

/**
 * @param names those that mean something
 * @param values of those that fit better than {@link hostileValue}
 */
export function changes(
  names: readonly string[],
  values: readonly unknown[] = [],
  max = 3,
): fc.Arbitrary<Changes> {
  const name = fc.oneof(
    { arbitrary: fc.constantFrom(...names), weight: 8 },
    { arbitrary: fc.constantFrom(...INHERITED), weight: 1 },
  );
  const value =
    values.length > 0
      ? fc.oneof({ arbitrary: fc.constantFrom(...values), weight: 2 }, hostileValue)
      : hostileValue;
  return fc.record({
    set: fc.dictionary(name, value, { maxKeys: max }),
    without: fc.array(fc.constantFrom(...names), { maxLength: 1 }),
  });
}

export function changed(object: object, { set, without }: Changes): Record<string, unknown> {
  const kept = Object.entries(object).filter(([name]) => !without.includes(name));
  const all = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of [...kept, ...Object.entries(set)]) all[name] = value;
  return all;
}

/** JSON that is nested deeper than anything honest. */
export const nested: fc.Arbitrary<string> = fc
  .record({ depth: fc.constantFrom(10, 63, 64, 65, 66, 1_000, 5_000), list: fc.boolean() })
  .map(({ depth, list }) =>
    list
      ? `${'['.repeat(depth)}${']'.repeat(depth)}`
      : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
  );
