import { type Attack, bearer, invalid } from './attack.js';
import type { Attacker } from './attacker.js';

const SIGNATURE = invalid('signature');

/** Tokens that the issuer has not signed, or not so. */
export const SIGNATURE_ATTACKS: readonly Attack[] = [
  { name: 'a forged signature', expected: SIGNATURE, send: (by) => bearer(by.forged()) },
  {
    name: 'a changed claim',
    expected: SIGNATURE,
    send(by) {
      const [header, , signature] = by.issued().split('.');
      const [, claims] = by.issued({ subject: 'admin' }).split('.');
      return bearer([header, claims, signature].join('.'));
    },
  },
  { name: 'no signature', expected: SIGNATURE, send: (by) => bearer(by.withSignature(() => '')) },
  {
    name: 'a signature of zeros',
    expected: SIGNATURE,
    send: (by) => bearer(by.withSignature(() => zeros(by.issued()))),
  },
  {
    name: 'alg none',
    expected: SIGNATURE,
    send: (by) => bearer(by.withSignature(() => '', { alg: 'none' })),
  },
  {
    name: 'alg none with a signature',
    expected: SIGNATURE,
    send: (by) => bearer(by.withSignature(() => 'AA', { alg: 'nOnE' })),
  },
  {
    name: 'HS256 by the public key (PEM)',
    expected: SIGNATURE,
    send: (by) => bearer(by.byPublicText(by.publicPem)),
  },
  {
    name: 'HS256 by the public key (JWK)',
    expected: SIGNATURE,
    send: (by) => bearer(by.byPublicText(by.publicJwk && JSON.stringify(by.publicJwk))),
  },
  {
    name: 'HS256 by an empty key, kid ../../dev/null',
    expected: SIGNATURE,
    send: (by) => bearer(by.byPublicText('', { kid: '../../dev/null' })),
  },
  {
    name: 'a key of its own in the header',
    expected: SIGNATURE,
    send: (by) => bearer(by.ownJwk && by.forged({ jwk: by.ownJwk })),
  },
  {
    name: 'an address of keys in the header',
    expected: SIGNATURE,
    send: (by) =>
      bearer(by.forged({ jku: 'https://attacker.test/jwks', x5u: 'https://attacker.test' })),
  },
  {
    name: 'a foreign kid',
    expected: SIGNATURE,
    send: (by) => bearer(by.forged({ kid: 'of-somebody-else' })),
  },
  {
    name: 'no kid, and a foreign key',
    expected: SIGNATURE,
    send: (by) => bearer(by.forged({ kid: undefined })),
  },
  {
    name: 'a signature in other letters',
    expected: SIGNATURE,
    send: (by) => bearer(respelled(by.issued())),
  },
  {
    name: 'padding at the end',
    expected: SIGNATURE,
    send: (by) => bearer(`${by.issued()}==`),
  },
  {
    name: 'a critical header',
    expected: SIGNATURE,
    send: (by) => bearer(by.issued({ header: { crit: ['x'], x: 1 } })),
  },
  {
    name: 'an unencoded payload',
    expected: SIGNATURE,
    send: (by) => bearer(by.issued({ header: { crit: ['b64'], b64: false } })),
  },
  {
    name: 'an encrypted token',
    expected: SIGNATURE,
    send: (by) => bearer(`${by.issued()}.AAAA.AAAA`),
  },
  {
    // Node turns most of them away itself.
    name: 'a huge token',
    expected: { statuses: [401, 431] },
    send: (by: Attacker) => bearer(by.issued({ raw: { filler: 'x'.repeat(20_000) } })),
  },
];

function zeros(token: string): string {
  const signature = token.slice(token.lastIndexOf('.') + 1);
  return Buffer.alloc(Buffer.from(signature, 'base64url').length).toString('base64url');
}

/** The same bytes to whoever reads base64url carelessly (RFC 4648 section 3.5); nothing where there is no such text. */
function respelled(token: string): string | undefined {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const twin = token.slice(0, -1) + letters[letters.indexOf(token.at(-1) ?? 'A') ^ 1];
  return bytesOf(twin).equals(bytesOf(token)) ? twin : undefined;
}

function bytesOf(token: string): Buffer {
  return Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
}
