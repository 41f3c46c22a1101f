const WHITESPACE = /\s+/g;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}]+/gu;

/**
 * Makes text that somebody else wrote fit for a log line and a terminal: on one line, not too long,
 * nothing that moves the cursor or turns the direction of writing, and none of the secrets.
 */
export function plainText(text: string, maxLength: number, secrets: readonly string[]): string {
  // Invisible characters go first: between the letters of a secret they would hide it from the search.
  let plain = text.replace(WHITESPACE, ' ').replace(INVISIBLE, '').trim();
  // Marked with a character that can no longer occur, so that nothing is found inside of the marks.
  for (const secret of secrets) plain = plain.replaceAll(secret, '\0');
  plain = plain.replaceAll('\0', '[redacted]');
  return plain.length > maxLength ? `${plain.slice(0, maxLength)}…` : plain;
}

/** The forms in which a token request carries the secret, and in which an answer may thus repeat it. */
export function spellingsOf(clientId: string, secret: string): string[] {
  const spellings = [
    base64(`${clientId}:${secret}`),
    base64(`${formEncoded(clientId)}:${formEncoded(secret)}`),
    base64(secret),
    encodeURIComponent(secret),
    formEncoded(secret),
    secret,
  ];
  // Text is put on one line before it is searched.
  return spellings.map((spelling) => spelling.replace(WHITESPACE, ' '));
}

function formEncoded(value: string): string {
  return new URLSearchParams({ '': value }).toString().slice(1);
}

function base64(value: string): string {
  return Buffer.from(value).toString('base64');
}
