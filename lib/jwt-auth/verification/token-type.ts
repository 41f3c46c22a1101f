import type { JwtClaims, TokenHeader } from './decode-token.js';

/** Claims by which servers say what kind of token it is. */
export const KIND_CLAIMS = [
  'typ', // Keycloak
  'token_use', // Amazon Cognito
  'tokenName', // PingAM
  'purpose', // Curity
  'token_type',
  'tokenType',
  'type',
  'mode',
  'use',
  'kind',
] as const;

/** These have but one value in access tokens. */
const STRICT: ReadonlySet<string> = new Set(['token_use', 'tokenName']);

const ACCESS = /^(?:access|accesstoken|at|atjwt|bearer|dpop)$/;
const OTHER =
  /^(?:(?:id|identity|serializedid|refresh|offline|logout|initialaccess|registrationaccess|nonce)(?:token|jwt)?|(?:authorization|auth)code|authorizationresponse|actiontoken|userinfo|introspection|clientassertion|idjag)$/;

/** Whether the header says that this is an access token (RFC 9068 section 2.1). */
export function isTypedAccessToken({ typ }: TokenHeader): boolean {
  return /^(?:application\/)?at\+jwt$/i.test(typ ?? '');
}

/** What a claim says of the kind of a token, if anything: that it is an access token, or another kind. */
export function kindIn(
  claims: JwtClaims,
  name: (typeof KIND_CLAIMS)[number],
): 'access' | 'other' | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  const kind = typeof value === 'string' ? value.toLowerCase().replaceAll(/[^a-z]/g, '') : '';
  if (ACCESS.test(kind)) return 'access';
  return OTHER.test(kind) || STRICT.has(name) ? 'other' : undefined;
}

/** Whether a claim says that this is an access token. */
export function saysAccessToken(claims: JwtClaims): boolean {
  return KIND_CLAIMS.some((name) => kindIn(claims, name) === 'access');
}
