const MAX_EXCERPT_LENGTH = 200;
const MAX_LINE_LENGTH = 500;
/** What moves the cursor, turns the direction of writing or begins another line, in a terminal or a log viewer. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A value that somebody else wrote, fit for one line of a log: as JSON, on one line, not too long. */
export function excerpt(value: unknown): string {
  return oneLine(jsonOf(value), MAX_EXCERPT_LENGTH);
}

/**
 * A text that holds words of somebody else, fit for one line of a log: each character that could do more there than be read
 * is written as its number, and what is too long is cut off.
 */
export function oneLine(text: string, maxLength = MAX_LINE_LENGTH): string {
  const shown = text.slice(0, maxLength).replace(UNSAFE, escaped);
  const whole = text.length <= maxLength && shown.length <= maxLength;
  return whole ? shown : `${shown.slice(0, maxLength)}…`;
}

/** Whether a text holds characters that {@link oneLine} would not show as they are. */
export function isUnsafe(text: string): boolean {
  return text.search(UNSAFE) >= 0;
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
