import type { AdviceCase } from './advice-case.js';

/** Tokens that are no JWT that can be read. */
export const MALFORMED: readonly AdviceCase[] = [
  {
    name: 'placeholder',
    reasons: ['malformed'],
    shapes: ['placeholder'],
    text: 'The client has no token and sends a word such as undefined or null in its place: it must sign in, or wait for its token, first.',
  },
  {
    name: 'encrypted',
    reasons: ['malformed'],
    shapes: ['encrypted'],
    text: 'It is encrypted (five parts), and only the server that it is for can read it. Let the client ask for a token for this API (Auth0: by audience), and switch the encryption of access tokens off at the authorization server.',
  },
  {
    name: 'hydra',
    reasons: ['malformed'],
    shapes: ['hydra'],
    text: 'It is an opaque token of Ory Hydra. Set strategies.access_token to jwt there.',
  },
  {
    name: 'authelia',
    reasons: ['malformed'],
    shapes: ['authelia'],
    text: 'It is an opaque token of Authelia. Set access_token_signed_response_alg of the client to RS256 there.',
  },
  {
    name: 'google or github',
    reasons: ['malformed'],
    shapes: ['google', 'github'],
    text: 'It is an opaque token for the APIs of Google or GitHub, and good for nothing else. Let the client get a token for this API from your own authorization server.',
  },
  {
    name: 'opaque',
    reasons: ['malformed'],
    shapes: ['opaque'],
    text: 'It is no JWT but an opaque token. Let the client ask for a token for this API (Auth0: by audience; others: by resource or scope), or let the authorization server issue JWTs (Zitadel, Authelia, Hydra: a setting of the client or the server).',
  },
  {
    name: 'too large',
    reasons: ['too_large'],
    text: 'Let the authorization server leave groups and other long claims out of access tokens.',
  },
];
