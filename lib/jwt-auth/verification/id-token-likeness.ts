import { clientIdsOf } from './client-names.js';
import type { JwtClaims } from './decode-token.js';

/** What an ID token says about the login (OpenID Connect Core section 2). */
const ABOUT_LOGIN = ['auth_time', 'acr', 'amr', 'sid', 'session_state', 'nonce'];

/** Claims about a person (OpenID Connect Core section 5.1), in ID tokens and answers of the userinfo endpoint. */
const OF_PEOPLE = [
  'name',
  'given_name',
  'family_name',
  'middle_name',
  'nickname',
  'preferred_username',
  'profile',
  'picture',
  'website',
  'email',
  'email_verified',
  'gender',
  'birthdate',
  'zoneinfo',
  'locale',
  'phone_number',
  'phone_number_verified',
  'address',
  'updated_at',
];

/** Whether a token says something about a person or a login. */
export function isAboutSomebody(claims: JwtClaims): boolean {
  return [...ABOUT_LOGIN, ...OF_PEOPLE].some((name) => claims[name] !== undefined);
}

/**
 * Whether it could be an ID token, or an answer of the userinfo endpoint, by the client that it names: these are for
 * that client and about somebody, and may name it by any claim.
 */
export function mayBeIdToken(claims: JwtClaims): boolean {
  const audience = audienceOf(claims);
  return clientIdsOf(claims).some((id) => audience.includes(id)) && isAboutSomebody(claims);
}

/** Whether the audience is nobody but the client that the token was issued to, as with an ID token. */
export function isForItsClient(claims: JwtClaims): boolean {
  const ids = clientIdsOf(claims);
  return audienceOf(claims).every((name) => ids.some((id) => id === name));
}

/**
 * An ID token names the client in `azp` where it is for somebody else too, as those that Google gives to apps are for
 * their server (OpenID Connect Core section 2).
 */
export function isIdTokenForAnother(claims: JwtClaims): boolean {
  const { azp, aud } = claims;
  const isForBoth = Array.isArray(aud) && aud.includes(azp);
  const isGoogle = typeof azp === 'string' && azp.endsWith('.apps.googleusercontent.com');
  return isForBoth || isGoogle || OF_PEOPLE.some((name) => claims[name] !== undefined);
}

function audienceOf({ aud }: JwtClaims): readonly unknown[] {
  return Array.isArray(aud) ? aud : [aud];
}
