import { hasAnyMarks, isThere, type Marks } from './claim-mark.js';
import type { MappedClaims } from './claim-mapping.js';
import { clientIdsOf } from './client-names.js';
import type { DecodedToken, JwtClaims } from './decode-token.js';
import {
  isAboutSomebody,
  isForItsClient,
  isIdTokenForAnother,
  mayBeIdToken,
} from './id-token-likeness.js';
import { scopesOf, scopeTextsIn } from './scopes.js';
import { foreignToken } from './token-kind.js';
import { isTypedAccessToken, saysAccessToken } from './token-type.js';
import { isWorkload } from './workload.js';

const IDENTITY_SCOPES: ReadonlySet<string> = new Set([
  'openid',
  'profile',
  'email',
  'address',
  'phone',
  'offline_access',
]);

/** What is asked of the tokens of an issuer. */
export interface SignRules {
  readonly scopeClaims: readonly string[];
  /** Whether a token without any sign that it is an access token is taken for one. */
  readonly acceptUnmarkedTokens: boolean;
}

/** What servers write into access tokens only, by other names than most. */
const OF_ACCESS_TOKENS: readonly Marks[] = [
  [['appid', true]],
  [['azpacr', true]], // Microsoft Entra: how the client has proven itself
  [[['firebase', 'sign_in_provider'], true]], // the tokens for APIs of Firebase and Supabase have no other form
  [
    ['session_id', true],
    ['aal', true],
  ],
];

/** Microsoft Entra and Azure AD B2C, which name the client in access tokens and in no other kind. */
const MICROSOFT: readonly Marks[] = [
  [
    ['tid', true],
    ['ver', /^[12]\.0$/],
  ],
  [
    ['tid', true],
    ['oid', true],
    ['rh', true],
  ],
  [
    ['tid', true],
    ['oid', true],
    ['aio', true],
  ],
  [
    ['tid', true],
    ['oid', true],
    ['uti', true],
  ],
  [['tfp', true]],
];

/** IBM App ID: where somebody has signed in. */
const ID_TOKEN: readonly Marks[] = [
  [
    ['identities', true],
    ['amr', true],
  ],
];

const UNMARKED = 'nothing says that it is an access token: no typ at+jwt, scope, client or roles';
const MAY_BE_ID_TOKEN =
  'it is for the client that it names and about a login, as an ID token is, with no typ at+jwt and no scope for an API';

/**
 * Refuses what is not surely an access token (RFC 8725 section 3.12). An ID token for the same audience, as
 * where a web application and its API share one registration, need not have any mark of its own. So where the keys
 * are those of an authorization server, which signs all kinds with them, something has to say that this is an access token.
 *
 * @throws {InvalidTokenError}
 */
export function checkAccessTokenSigns(
  token: DecodedToken,
  rights: MappedClaims,
  rules: SignRules,
): void {
  const { header, claims } = token;
  if (isTypedAccessToken(header) || saysAccessToken(claims)) return;
  const isScoped = ['scope', 'scp', ...rules.scopeClaims].some((name) => isText(claims[name]));
  const asksWhoOnly = hasIdentityScopesOnly(claims, rules.scopeClaims);
  const isAuthentik = isOfAuthentik(claims);
  const allows = isScoped && (!asksWhoOnly || isThere(claims['azp']));
  if (claims['nonce'] !== undefined && !allows && !isAuthentik)
    throw foreignToken('claim nonce, and nothing that an ID token has not');
  if (isScoped && !isAuthentik && isForItsClient(claims) && asksForOpenidOnly(claims))
    throw foreignToken('no scope but openid, and no audience but the client itself');
  const mayBeId = mayBeIdToken(claims);
  if (isScoped && (isAuthentik || !asksWhoOnly || !mayBeId)) return;
  const isClientNamed = clientIdsOf(claims).length > 0;
  if (!isClientNamed && hasAnyMarks(token, MICROSOFT))
    throw foreignToken('no azp and no appid, which access tokens of Microsoft Entra have');
  if (!isClientNamed && hasAnyMarks(token, ID_TOKEN)) throw foreignToken('claim identities');
  if (rules.acceptUnmarkedTokens || isMarked(token, rights)) return;
  throw foreignToken(
    `${mayBeId ? MAY_BE_ID_TOKEN : UNMARKED}. If it is one, and this issuer signs nothing else for this audience, set acceptUnmarkedTokens for it`,
  );
}

function isMarked(token: DecodedToken, { roles, permissions }: MappedClaims): boolean {
  const { claims } = token;
  if (hasAnyMarks(token, OF_ACCESS_TOKENS) || isWorkload(token) === true) return true;
  if (isOfAuthentik(claims)) return true;
  if (isThere(claims['azp']) && !isForItsClient(claims) && !isIdTokenForAnother(claims))
    return true;
  if ((isThere(claims['client_id']) || isThere(claims['cid'])) && !mayBeIdToken(claims))
    return true;
  // Roles are in ID tokens, too.
  const hasRights = roles.size > 0 || permissions.size > 0;
  return hasRights && claims['azp'] === undefined && !isAboutSomebody(claims);
}

/**
 * authentik makes its access tokens of the ID token, and adds the client and a number of this token, of 40 letters and
 * digits. Elsewhere `uid` is the name or the number of a user, and in ID tokens too.
 */
function isOfAuthentik({ iss, uid, azp, sub, preferred_username: name }: JwtClaims): boolean {
  if (!isThere(uid) || !isThere(azp) || uid === sub || uid === name) return false;
  return /\/application\/o\//.test(String(iss)) || /^[a-z\d]{40}$/i.test(String(uid));
}

function asksForOpenidOnly(claims: JwtClaims): boolean {
  const scopes = scopesOf(claims, ['scope', 'scp']);
  return scopes.size === 1 && scopes.has('openid');
}

/** Scopes of OpenID Connect, which ask for who it is and allow nothing at an API. */
function hasIdentityScopesOnly(claims: JwtClaims, scopeClaims: readonly string[]): boolean {
  return ['scope', 'scp', ...scopeClaims].every((name) =>
    scopeTextsIn(claims[name]).every(isForIdentity),
  );
}

function isForIdentity(scope: string): boolean {
  return IDENTITY_SCOPES.has(scope);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || Array.isArray(value);
}
