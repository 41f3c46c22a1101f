import { formEncoded } from './form-encoding.js';

/** The forms in which a token request carries the secret, and in which an answer may thus repeat it. */
export function encodedForms(clientId: string, secret: string): string[] {
  const encodings = [plain, encodeURIComponent, urlSearchParams, formEncoded, strictlyFormEncoded];
  const spellings = [
    ...encodings.map((encode) => base64(`${encode(clientId)}:${encode(secret)}`)),
    base64(secret),
    // Last as it is, which can be a part of the others.
    ...encodings.map((encode) => encode(secret)).toReversed(),
  ];
  // Text is put on one line before it is searched.
  return spellings.map((spelling) => spelling.replace(/\s+/g, ' '));
}

function plain(value: string): string {
  return value;
}

/** As URLSearchParams does it for bodies. */
function urlSearchParams(value: string): string {
  return new URLSearchParams({ '': value }).toString().slice(1);
}

/** As strict servers do it who write the credentials anew: nothing but letters and digits stays as it is. */
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
