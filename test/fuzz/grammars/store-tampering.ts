import fc from 'fast-check';
import { type Edits, edited, edits } from './edits.js';
import { hostileValue } from './json.js';

/** What somebody does who can write to the store. Rows are counted, and begin again at the end. */
export type Tampering =
  | { readonly edit: number; readonly edits: Edits }
  | { readonly swap: readonly [number, number] }
  | { readonly copy: number; readonly to: number }
  | { readonly cut: number; readonly at: number }
  | { readonly plain: number; readonly text: string }
  | { readonly replace: number; readonly value: unknown }
  | { readonly remove: number };

const row = fc.nat(99);

export const tampering: fc.Arbitrary<readonly Tampering[]> = fc.array(
  fc.oneof(
    fc.record({ edit: row, edits: edits() }),
    fc.record({ swap: fc.tuple(row, row) }),
    fc.record({ copy: row, to: row }),
    fc.record({ cut: row, at: fc.nat(2_000) }),
    fc.record({
      plain: row,
      text: fc.constantFrom('', '{}', '{"accessToken":"evil","tokenType":"Bearer"}', 'null'),
    }),
    fc.record({ replace: row, value: hostileValue }),
    fc.record({ remove: row }),
  ),
  { minLength: 1, maxLength: 4 },
);

/** @param rows what is in the store, as text; is changed */
export function tamper(rows: Map<string, string>, all: readonly Tampering[]): void {
  const names = [...rows.keys()];
  const nameOf = (index: number): string => names[index % names.length] ?? '';
  const textOf = (index: number): string => rows.get(nameOf(index)) ?? '';
  for (const one of all) {
    if (names.length === 0) return;
    if ('edit' in one) rows.set(nameOf(one.edit), edited(textOf(one.edit), one.edits));
    else if ('swap' in one) {
      const [first, second] = one.swap;
      const [a, b] = [textOf(first), textOf(second)];
      rows.set(nameOf(first), b);
      rows.set(nameOf(second), a);
    } else if ('copy' in one) rows.set(nameOf(one.to), textOf(one.copy));
    else if ('cut' in one) rows.set(nameOf(one.cut), textOf(one.cut).slice(0, one.at));
    else if ('plain' in one)
      rows.set(nameOf(one.plain), JSON.stringify(`v0.${nameOf(one.plain)} ${one.text}`));
    else if ('replace' in one) rows.set(nameOf(one.replace), JSON.stringify(one.value) ?? '');
    else rows.delete(nameOf(one.remove));
  }
}
