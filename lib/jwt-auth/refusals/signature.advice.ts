import type { AdviceCase } from './advice-case.js';

/** Tokens that no key of the issuer has signed. */
export const SIGNATURE: readonly AdviceCase[] = [
  {
    name: 'secret',
    reasons: ['algorithm'],
    when: ({ header }) => /^HS\d{3}$/.test(header.alg),
    text: 'It is signed with a shared secret. Let the authorization server sign with RS256 or ES256 (Auth0: in the settings of the API), or give secret if all of its tokens are signed so.',
  },
  {
    name: 'algorithm',
    reasons: ['algorithm'],
    text: 'Let the authorization server sign with one of these, or add it to algorithms.',
  },
  {
    name: 'entra key',
    reasons: ['key'],
    marks: [
      [
        ['tid', true],
        ['ver', /^[12]\.0$/],
      ],
    ],
    text: 'Microsoft Entra signs tokens for an API with claims mapping by keys of its own: set jwksUri to https://login.microsoftonline.com/<tenant id>/discovery/v2.0/keys?appid=<client id of the API>.',
  },
  {
    name: 'key',
    reasons: ['key', 'signature'],
    text: 'Is it from another environment or realm that calls itself the same, or are the keys that were given here (jwks, publicKey, secret, jwksUri) not those of the server?',
  },
];
