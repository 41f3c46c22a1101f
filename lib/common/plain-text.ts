const WHITESPACE = /\s+/g;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}]+/gu;

/**
 * Makes text that somebody else wrote fit for a log line and a terminal: on one line, not too long,
 * nothing that moves the cursor or turns the direction of writing, and none of the secrets.
 */
export function plainText(text: string, maxLength: number, secrets: readonly string[]): string {
  // Invisible characters go first: between the letters of a secret they would hide it from the search.
  let shown = text.replace(WHITESPACE, ' ').replace(INVISIBLE, '').trim();
  // Marked with a character that can no longer occur, so that nothing is found inside of the marks.
  for (const secret of secrets) shown = shown.replaceAll(secret, '\0');
  shown = shown.replaceAll('\0', '[redacted]');
  return shown.length > maxLength ? `${shown.slice(0, maxLength)}…` : shown;
}
