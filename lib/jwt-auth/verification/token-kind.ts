import { excerpt } from '../../common/excerpt.js';
import { isJsonObject } from '../../common/json.js';
import { InvalidTokenError } from '../errors.js';
import type { DecodedToken, JwtClaims } from './decode-token.js';
import { isTypedAccessToken, kindClaimsOf, kindIn } from './token-type.js';

/** RFC 9068 section 2.1, and what servers from before it write. */
const ACCESS_TOKEN_TYPES = new Set(['at+jwt', 'application/at+jwt', 'jwt']);

/** Claims that only other kinds of tokens have. */
const FOREIGN_CLAIMS = [
  // ID tokens: OpenID Connect, native single sign-on, Apple.
  'at_hash',
  'c_hash',
  's_hash',
  'rt_hash',
  'ds_hash',
  'nonce_supported',
  'sub_jwk',
  // Refresh tokens of Spring Security OAuth: the access token that they belong to.
  'ati',
  // CIBA and the device flow: requests, notifications and what they are about.
  'auth_req_id',
  'client_notification_token',
  'login_hint_token',
  'device_code',
  'urn:openid:params:jwt:claim:auth_req_id',
  'urn:openid:params:jwt:claim:rt_hash',
  // Security events, logout tokens among them (RFC 8417), introspection answers (RFC 9701), lists of states.
  'events',
  'token_introspection',
  'status_list',
  // OpenID Federation, and metadata that are signed (RFC 8414).
  'jwks',
  'authority_hints',
  'metadata_policy',
  'trust_marks',
  'signed_metadata',
  // Request objects (RFC 9101), software statements (RFC 7591), DPoP proofs (RFC 9449).
  'response_type',
  'redirect_uri',
  'redirect_uris',
  'code_challenge',
  'htm',
  'htu',
  'ath',
  // Credentials of a wallet, transaction tokens.
  '_sd',
  '_sd_alg',
  'sd_hash',
  'vct',
  'vp',
  'tctx',
  'rctx',
];

/**
 * Refuses every kind of token that is signed with the same keys and is no access token
 * (RFC 8725 section 3.12: mutually exclusive rules for each kind), by what only that kind has. What says so less
 * plainly is looked at by `checkAccessTokenSigns`, when it is known whose token it is.
 *
 * @throws {InvalidTokenError}
 */
export function checkTokenKind({ header, claims }: DecodedToken): void {
  const { typ } = header;
  if (typ !== undefined && !ACCESS_TOKEN_TYPES.has(typ.toLowerCase()))
    throw foreignToken(`typ ${excerpt(typ)}`);
  const claim = FOREIGN_CLAIMS.find((name) => claims[name] !== undefined);
  if (claim) throw foreignToken(`claim ${claim}`);
  const kind = kindClaimsOf(claims).find((name) => kindIn(claims, name) === 'other');
  if (kind) throw foreignToken(`claim ${kind} ${excerpt(claims[kind])}`);
  // Curity has it in all of its tokens; elsewhere it may be about anything.
  const { purpose } = claims;
  const isForAnother = typeof purpose === 'string' && kindIn(claims, 'purpose') !== 'access';
  if (isForAnother && !isTypedAccessToken(header))
    throw foreignToken(`claim purpose ${excerpt(purpose)}`);
  // Descope names the cookies that its tokens are kept in.
  if (isRefreshTokenOfUaa(claims) || claims['drn'] === 'DSR') throw foreignToken('a refresh token');
  if (isAuthorizationResponse(claims)) throw foreignToken('an authorization response');
  if (isIntrospectionAnswer(claims)) throw foreignToken('claim active');
  if (isEntityStatement(claims)) throw foreignToken('claim metadata');
}

/** Refuses a token that is no access token, and says in the log what gave it away. */
export function foreignToken(detail: string): InvalidTokenError {
  return new InvalidTokenError('kind', detail);
}

/** Cloud Foundry UAA gives a refresh token the audience and scopes of the access token, and tells it by its name alone. */
function isRefreshTokenOfUaa({ jti, cid }: JwtClaims): boolean {
  return cid !== undefined && typeof jti === 'string' && /^[\da-f]{32}-r$/.test(jti);
}

/** JARM: the answer of the authorization endpoint. `state` and `code` alone are words of many meanings. */
function isAuthorizationResponse(claims: JwtClaims): boolean {
  const { sub, code, state, error, access_token: accessToken, id_token: idToken } = claims;
  const answers = [code, error, accessToken, idToken];
  const given = answers.some((value) => value !== undefined);
  return (given && state !== undefined) || (sub === undefined && (given || state !== undefined));
}

/** As RFC 7662 has it, signed as it is: it tells of a token that somebody else holds, and looks much like it. */
function isIntrospectionAnswer({ active, token_type: type, username }: JwtClaims): boolean {
  return typeof active === 'boolean' && (type !== undefined || username !== undefined);
}

/** OpenID Federation names the kinds of entities it is about. */
function isEntityStatement({ metadata }: JwtClaims): boolean {
  return (
    isJsonObject(metadata) &&
    Object.keys(metadata).some((name) => /^(?:openid|oauth|federation)_/.test(name))
  );
}
