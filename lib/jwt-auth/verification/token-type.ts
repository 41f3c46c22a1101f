import type { JwtClaims, TokenHeader } from './decode-token.js';

/** Claims by which servers say what kind of token it is. */
const KIND_CLAIMS = [
  'typ', // Keycloak
  'token_use', // Amazon Cognito
  'tokenName', // PingAM
  'purpose', // Curity
  'type',
  'mode',
  'use',
  'kind',
];

const NAMES: ReadonlySet<string> = new Set(KIND_CLAIMS.map((name) => name.toLowerCase()));

/** The same in words of their own: `token_type`, `tokenUse`, `token-kind`. */
const KIND_OF_TOKEN = /^token[-_]?(?:use|usage|type|kind|class|category)$/i;

/** These have but one value in access tokens. */
const STRICT: ReadonlySet<string> = new Set(['token_use', 'tokenName']);

const ACCESS = /^(?:access|accesstoken|at|atjwt|bearer|dpop)$/;
const OTHER =
  /^(?:(?:id|identity|serializedid|refresh|rt|offline|logout|initialaccess|registrationaccess|nonce)(?:token|jwt)?|(?:authorization|auth|device|user)code|(?:authorization|userinfo|introspection)response|(?:back|front)channellogout(?:token)?|requestobject|loginhint(?:token)?|actiontoken|userinfo|introspection|clientassertion|idjag)$/;

/** Whether the header says that this is an access token (RFC 9068 section 2.1). */
export function isTypedAccessToken({ typ }: TokenHeader): boolean {
  return /^(?:application\/)?at\+jwt$/i.test(typ ?? '');
}

/** The claims of a token that may say of what kind it is. */
export function kindClaimsOf(claims: JwtClaims): string[] {
  return Object.keys(claims).filter(saysKind);
}

/** What a claim says of the kind of a token, if anything: that it is an access token, or another kind. */
export function kindIn(claims: JwtClaims, name: string): 'access' | 'other' | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (ACCESS.test(kindOf(value))) return 'access';
  const isOther = [value].flat().some((one) => OTHER.test(kindOf(one)));
  return isOther || STRICT.has(name) ? 'other' : undefined;
}

function saysKind(name: string): boolean {
  return KIND_OF_TOKEN.test(name) || NAMES.has(name.toLowerCase());
}

function kindOf(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase().replaceAll(/[^a-z]/g, '') : '';
}

/** Whether a claim says that this is an access token. */
export function saysAccessToken(claims: JwtClaims): boolean {
  return kindClaimsOf(claims).some((name) => kindIn(claims, name) === 'access');
}
