/**
 * `application/x-www-form-urlencoded` for one value, as Basic credentials want it (RFC 6749 section 2.3.1). Letters, digits
 * and `- . _ ~ *` stay as they are, so that servers that do not undo the encoding understand nearly every credential.
 */
export function formEncoded(value: string): string {
  return new URLSearchParams({ '': value }).toString().slice(1).replaceAll('%7E', '~');
}

/** Whether the encoding makes a difference: a server that does not undo it sees something else. */
export function isEscaped(value: string): boolean {
  return formEncoded(value) !== value;
}
