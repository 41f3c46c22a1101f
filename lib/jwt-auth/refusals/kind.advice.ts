import type { AdviceCase } from './advice-case.js';

/** Tokens that are no access tokens, or none for whoever has them alone. */
export const KIND: readonly AdviceCase[] = [
  {
    name: 'id token',
    reasons: ['kind'],
    marks: [
      [['header.typ', /id/i]],
      [['token_use', 'id']],
      [['typ', 'ID']],
      [['nonce', true]],
      [['at_hash', true]],
    ],
    text: 'It looks like an ID token. Let the client send the access token (access_token), not id_token.',
  },
  {
    name: 'refresh token',
    reasons: ['kind'],
    marks: [[['typ', /^(?:refresh|offline)$/i]], [['header.typ', /^(?:rt|refresh)/i]]],
    text: 'It looks like a refresh token. Let the client send the access token (access_token), and the refresh token to nobody but the authorization server.',
  },
  {
    name: 'rfc 9068',
    reasons: ['kind'],
    marks: [[['header.typ', false]], [['header.typ', /^jwt$/i]]],
    when: ({ claims }) => claims['scope'] !== undefined || claims['scp'] !== undefined,
    text: "If it is an access token, and the server cannot write typ at+jwt, set profile to 'auto' for it.",
  },
  {
    name: 'kind',
    reasons: ['kind'],
    text: 'Let the client send the access token (access_token) that it got for this API.',
  },
  {
    name: 'binding',
    reasons: ['binding'],
    text: 'It is bound to a key of the client (DPoP or mutual TLS), which cannot be checked here: let the client get a token without that.',
  },
];
