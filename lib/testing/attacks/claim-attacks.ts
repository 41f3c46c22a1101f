import { type Attack, bearer, invalid } from './attack.js';

const HOUR = 3600;
const ISSUER = invalid('issuer', 'signature');
const CLAIMS = invalid('claims');
const KIND = invalid('kind');

/** Tokens that the issuer has signed, and that are not for this application, not now, or no access tokens. */
export const CLAIM_ATTACKS: readonly Attack[] = [
  {
    name: 'a foreign issuer',
    expected: ISSUER,
    send: (by) => bearer(by.issued({ raw: { iss: 'https://attacker.test' } })),
  },
  {
    name: 'an issuer that ends otherwise',
    expected: ISSUER,
    send: (by) => bearer(by.issued({ raw: { iss: `${by.rules.issuer}/attacker` } })),
  },
  {
    name: 'no issuer',
    expected: ISSUER,
    send: (by) => bearer(by.issued({ raw: { iss: undefined } })),
  },
  {
    name: 'a foreign audience',
    expected: invalid('audience'),
    send: (by) =>
      by.hasAudience ? bearer(by.issued({ audience: 'https://other.test' })) : undefined,
  },
  {
    name: 'an audience that begins alike',
    expected: invalid('audience'),
    send: (by) =>
      by.hasAudience
        ? bearer(by.issued({ audience: `${by.rules.audience[0]}.attacker.test` }))
        : undefined,
  },
  {
    name: 'no audience',
    expected: invalid('no_audience'),
    send: (by) =>
      by.rules.audienceClaims[0] === 'aud'
        ? bearer(by.issued({ raw: { aud: undefined } }))
        : undefined,
  },
  {
    name: 'an expired token',
    expected: invalid('expired'),
    send: (by) =>
      bearer(by.issued({ raw: { iat: by.nowSeconds - 2 * HOUR, exp: by.nowSeconds - HOUR } })),
  },
  {
    name: 'a token for later',
    expected: invalid('not_yet_valid'),
    send: (by) =>
      bearer(by.issued({ raw: { nbf: by.nowSeconds + HOUR }, expiresInSeconds: 2 * HOUR })),
  },
  {
    name: 'a token without end',
    expected: CLAIMS,
    send: (by) => bearer(by.issued({ raw: { exp: undefined } })),
  },
  {
    name: 'an end that is a text',
    expected: CLAIMS,
    send: (by) => bearer(by.issued({ raw: { exp: String(by.nowSeconds + HOUR) } })),
  },
  {
    name: 'an ID token',
    expected: KIND,
    send: (by) =>
      bearer(
        by.issued({
          header: { typ: 'JWT' },
          scope: undefined,
          raw: {
            nonce: 'n',
            at_hash: 'h',
            auth_time: by.nowSeconds,
            email: 'mallory@attacker.test',
          },
        }),
      ),
  },
  {
    name: 'a refresh token',
    expected: KIND,
    send: (by) => bearer(by.issued({ header: { typ: 'JWT' }, raw: { typ: 'Refresh' } })),
  },
  {
    name: 'a logout token',
    expected: KIND,
    send: (by) =>
      bearer(
        by.issued({
          header: { typ: 'logout+jwt' },
          raw: { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
        }),
      ),
  },
  {
    // What exactly is said depends on whether the application takes such tokens with their proof.
    name: 'a token bound to a key, without a proof',
    expected: { statuses: [401], error: 'invalid_token' },
    send: (by) => bearer(by.issued({ raw: { cnf: { jkt: 'a'.repeat(43) } } })),
  },
];
