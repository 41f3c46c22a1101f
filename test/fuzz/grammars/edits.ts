import fc from 'fast-check';

/** One thing that is done to a text. Places are counted from the beginning, and begin again at its end. */
type Edit =
  | { readonly insert: string; readonly at: number }
  | { readonly remove: number; readonly at: number }
  | { readonly replace: string; readonly at: number }
  | { readonly repeat: number; readonly at: number }
  | { readonly flip: number; readonly at: number };

export type Edits = readonly Edit[];

/** What parsers stumble over. */
const TROUBLE = [
  '',
  ' ',
  '\t',
  ',',
  '=',
  '"',
  "'",
  '\\',
  '.',
  '..',
  '/',
  '//',
  '%',
  '%00',
  ';',
  '@',
];
const WILD = ['\0', '\r\n', '\n', '\u001b[31m', '\u202e', '\ud800', '\ufeff', 'é', '\u2028'];

/** Of any kind, halves of characters included. */
const anyLetter = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));

/** A few letters, most of them of those that mean something. */
export const letters: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...TROUBLE),
  fc.constantFrom(...WILD),
  fc.string({ maxLength: 3 }),
  fc.string({ unit: anyLetter, maxLength: 3 }),
);

/** The same, of bytes that can be in a line of a header: what ends one would make another header of the rest. */
export const headerLetters: fc.Arbitrary<string> = fc
  .oneof(
    fc.constantFrom(...TROUBLE.filter((text) => text !== '')),
    fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCodePoint(code)),
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map((text) => text.replace(/[\r\n]/g, '\t'));

export function edits(inserted: fc.Arbitrary<string> = letters, max = 3): fc.Arbitrary<Edits> {
  const at = fc.nat(20_000);
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.record({ insert: inserted, at }),
    fc.record({ remove: fc.integer({ min: 1, max: 20 }), at }),
    fc.record({ replace: inserted, at }),
    fc.record({ repeat: fc.integer({ min: 1, max: 40 }), at }),
    fc.record({ flip: fc.integer({ min: 0, max: 6 }), at }),
  );
  return fc.array(edit, { minLength: 1, maxLength: max });
}

/** The text after all that has been done to it. */
export function edited(text: string, all: Edits): string {
  return all.reduce(apply, text);
}

function apply(text: string, edit: Edit): string {
  const at = edit.at % (text.length + 1);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  if ('insert' in edit) return before + edit.insert + after;
  if ('remove' in edit) return before + after.slice(edit.remove);
  if ('replace' in edit) return before + edit.replace + after.slice(1);
  if ('repeat' in edit) return before + after.slice(0, edit.repeat) + after;
  if (after === '') return text;
  return before + String.fromCodePoint(after.charCodeAt(0) ^ (1 << edit.flip)) + after.slice(1);
}

/** One bit of some bytes turned. */
export function flipped(bytes: Buffer, bit: number): Buffer {
  if (bytes.length === 0) return bytes;
  const at = Math.floor(bit / 8) % bytes.length;
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << (bit % 8)), at);
  return copy;
}
