const MAX_LENGTH = 200;
/** What moves the cursor, turns the direction of writing or begins another line, in a terminal or a log viewer. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A value that somebody else wrote, fit for one line of a log: as JSON, on one line, not too long. */
export function excerpt(value: unknown): string {
  return jsonOf(value).slice(0, MAX_LENGTH).replace(UNSAFE, escaped);
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'missing';
  } catch {
    return 'something that is no JSON';
  }
}
