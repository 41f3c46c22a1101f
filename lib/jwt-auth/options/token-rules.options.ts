import type { ClaimKeys, ClaimPath } from '../verification/claim-path.js';
import type { SubjectKindRule } from '../verification/subject-kind.js';

/** The signature algorithms that are accepted unless you say otherwise: asymmetric ones only (RFC 8725 section 3.1). */
export const SIGNATURE_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** One of {@link SIGNATURE_ALGORITHMS}. */
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

/** Which tokens are good. Each option can be given for all issuers or for one of them. */
export interface TokenRules {
  /**
   * Who this API is: a token is accepted only if its `aud` holds one of these (RFC 9068 section 4). Required,
   * for all issuers or for each.
   */
  audience?: string | readonly string[] | undefined;

  /**
   * The claims that may name the audience, for servers that name the client or themselves in its place: `['aud', 'client_id']`
   * (Amazon Cognito), `['azp']` (Clerk), `['iss']` (WorkOS). The first one present counts, and must hold one of `audience`;
   * whatever the list says, so must an `aud` that is there (RFC 7519 section 4.1.3). A token with none of them is refused.
   *
   * Where it is the client, every token of that client is good here, whatever API it was issued for.
   *
   * @defaultValue `['aud']`
   */
  audienceClaims?: readonly ClaimPath[] | undefined;

  /**
   * The signature algorithms that are accepted of public keys; those of a `secret` are not among them.
   *
   * @defaultValue all of {@link SIGNATURE_ALGORITHMS}
   */
  algorithms?: readonly SignatureAlgorithm[] | undefined;

  /**
   * `'auto'`: access tokens of servers old and new; other kinds of tokens are refused by what gives them away,
   * and what nothing gives away by {@link acceptUnmarkedTokens}.
   * `'rfc9068'`: only tokens with `typ: at+jwt` and all claims that RFC 9068 section 2.2 requires.
   *
   * @defaultValue `'auto'`
   */
  profile?: 'auto' | 'rfc9068' | undefined;

  /**
   * The claims that may hold the scopes; the first one present counts. A string is split at spaces, an
   * array may hold one scope or several in each member.
   *
   * @defaultValue `['scope', 'scp']`
   */
  scopeClaims?: readonly string[] | undefined;

  /**
   * Scopes that stand for others: `{ admin: ['orders.write'], 'orders.write': ['orders.read'] }`. What they stand for
   * may stand for more; cycles do no harm. `token.scopes` and `hasScope()` have them all.
   *
   * @defaultValue none
   */
  impliedScopes?: Readonly<Record<string, readonly string[]>> | undefined;

  /**
   * The claims that hold roles, all of them together; each may be a text, which is one role, or a list of
   * texts. A text is the name of a claim as it stands, dots and all; a list is a path:
   * `[['realm_access', 'roles']]`. `{ path, keys: true }`: the claim is an object, and the names in it are the roles.
   * `CLAIM_SHAPES` has those of well-known servers.
   *
   * @defaultValue `['roles']`
   */
  roleClaims?: readonly (ClaimPath | ClaimKeys)[] | undefined;

  /**
   * The claims that hold permissions; the same as `roleClaims` in all else.
   *
   * @defaultValue `['permissions']`
   */
  permissionClaims?: readonly (ClaimPath | ClaimKeys)[] | undefined;

  /**
   * How far the clocks of the authorization server and of this machine may be apart, in seconds, when
   * `exp`, `nbf` and `iat` are checked. 0 to 300.
   *
   * @defaultValue 30
   */
  clockToleranceSeconds?: number | undefined;

  /**
   * The longest time since `iat`, in seconds; a token without `iat` is then refused.
   *
   * @defaultValue no limit but `exp`
   */
  maxTokenAgeSeconds?: number | undefined;

  /**
   * Whom the tokens of this issuer speak for: see `isUser` and `isClient` of {@link AccessToken}. `'user'` or `'client'`:
   * all of them, whatever is in them; a user needs a `sub`. `{ client, user, otherwise }`: first these signs, then
   * those of well-known servers, then `otherwise`.
   *
   * @defaultValue the signs of well-known servers; a token without any speaks for neither
   */
  subjectKind?: SubjectKindRule | undefined;

  /**
   * Whether a token is good though nothing says that it is an access token: no `typ: at+jwt`, no scope, no client, no
   * `token_use` or `type`, no roles or permissions (RFC 8725 section 3.12). Only for an issuer that signs no ID tokens for
   * this audience: such a token could be one. What marks other kinds of tokens is refused all the same.
   *
   * @defaultValue `false` where the keys come from the metadata of the issuer, `true` where you give them
   */
  acceptUnmarkedTokens?: boolean | undefined;
}
