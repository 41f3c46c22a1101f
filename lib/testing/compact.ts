import type { SigningKey } from './signing-key.js';

/** A token in compact serialisation (RFC 7515 section 7.1), with whatever header and claims. */
export function signed(header: object, claims: object, key: SigningKey): string {
  const input = unsigned(header, claims);
  return `${input}.${key.sign(input).toString('base64url')}`;
}

/** The first two parts of a token. */
export function unsigned(header: object, claims: object): string {
  return `${part(header)}.${part(claims)}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
