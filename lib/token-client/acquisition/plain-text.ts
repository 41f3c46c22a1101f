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

/** The forms in which a token request carries the secret, and in which an answer may thus repeat it. */
export function spellingsOf(clientId: string, secret: string): string[] {
  const encodings = [plain, encodeURIComponent, formEncoded, strictlyFormEncoded];
  const spellings = [
    ...encodings.map((encode) => base64(`${encode(clientId)}:${encode(secret)}`)),
    base64(secret),
    // Last as it is, which can be a part of the others.
    ...encodings.map((encode) => encode(secret)).toReversed(),
  ];
  // Text is put on one line before it is searched.
  return spellings.map((spelling) => spelling.replace(WHITESPACE, ' '));
}

function plain(value: string): string {
  return value;
}

/** As URLSearchParams and most of the world does it. */
function formEncoded(value: string): string {
  return new URLSearchParams({ '': value }).toString().slice(1);
}

/** As openid-client does it for Basic credentials: nothing but letters and digits stays as it is. */
function strictlyFormEncoded(value: string): string {
  return encodeURIComponent(value)
    .replaceAll('%20', '+')
    .replace(
      /[-_.!~*'()]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64');
}
