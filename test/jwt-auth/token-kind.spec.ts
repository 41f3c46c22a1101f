import { checkAccessTokenSigns } from '../../lib/jwt-auth/verification/access-token-signs.js';
import { mapClaims } from '../../lib/jwt-auth/verification/claim-mapping.js';
import type { DecodedToken } from '../../lib/jwt-auth/verification/decode-token.js';
import { checkTokenKind } from '../../lib/jwt-auth/verification/token-kind.js';

const aud = 'parcels';
const tenant = 'f7c1b0de-6b1e-4c55-9d7e-0a5d3c2b1a90';
const at = { typ: 'at+jwt' };
/** What authentik numbers its access tokens with. */
const uid = 'Zk3'.repeat(13) + '9';

function check(claims: object, header: object, acceptUnmarkedTokens: boolean): string {
  const head = { alg: 'RS256', typ: 'JWT', ...header };
  const token: DecodedToken = {
    header: head,
    parameters: { ...head },
    claims: { iss: 'https://id.example.com', aud, iat: 1, exp: 2, ...claims },
  };
  const rules = {
    scopeClaims: ['scope', 'scp'],
    impliedScopes: new Map(),
    roleClaims: ['roles'],
    permissionClaims: ['permissions'],
    acceptUnmarkedTokens,
  };
  try {
    checkTokenKind(token);
    checkAccessTokenSigns(token, mapClaims(token.claims, rules), rules);
    return 'taken';
  } catch (error) {
    return error instanceof Error && 'reason' in error ? String(error.reason) : String(error);
  }
}

type Case = [what: string, claims: object, header?: object];

/** Of other kinds, whoever signed them. */
const FOREIGN: Case[] = [
  ['an ID token with a nonce', { sub: 'u', nonce: 'n' }],
  ['an ID token with a nonce and azp', { sub: 'u', azp: 'parcels', nonce: 'n' }],
  ['an ID token with a hash', { sub: 'u', at_hash: 'h', scope: 'openid' }, at],
  ['an ID token with the number of a user', { sub: 'u', azp: aud, uid: 'e12345', nonce: 'n' }],
  ['the same with a UUID', { sub: 'u', azp: aud, uid: tenant, nonce: 'n', auth_time: 1 }],
  ['an ID token with a nonce and its scopes', { sub: 'u', nonce: 'n', scope: 'openid email' }],
  ['an ID token with a nonce and no scope', { sub: 'u', nonce: 'n', scope: '' }],
  ['a refresh token of Spring', { sub: 'u', client_id: 'web', scope: ['read'], ati: 'a' }],
  ['a refresh token of UAA', { sub: 'u', cid: 'c', scope: ['x'], jti: `${'a1'.repeat(16)}-r` }],
  ['Entra', { sub: 'Zq', oid: 'o', tid: tenant, ver: '2.0', roles: ['admin'] }],
  ['Entra of another version', { sub: 'Zq', oid: 'o', tid: tenant, rh: '0.A', roles: ['admin'] }],
  ['Entra with a nonce', { sub: 'Zq', oid: 'o', tid: tenant, ver: '2.0', nonce: 'n' }],
  ['Azure AD B2C', { sub: 'o', tfp: 'B2C_1_in', ver: '1.0', auth_time: 1 }],
  ['Keycloak', { sub: 'u', typ: 'ID', azp: 'parcels', sid: 's' }],
  ['Keycloak, in an object', { sub: 'u', typ: 'Serialized-ID' }],
  ['Keycloak, to register clients', { typ: 'RegistrationAccessToken', scope: 'x' }],
  ['Cognito', { sub: 'u', token_use: 'id' }],
  ['Curity', { sub: 'u', azp: 'web', purpose: 'id' }],
  ['IBM App ID', { sub: 'u', amr: ['cloud_directory'], identities: [{ provider: 'x' }] }],
  ['Apple', { sub: 'u', nonce_supported: true, email: 'mira@example.com' }],
  [
    'Cloud Foundry',
    { sub: 'u', client_id: 'parcels', azp: 'parcels', aud: ['parcels'], scope: ['openid'] },
  ],
  ['self-issued', { sub: 'u', sub_jwk: {} }],
  ['a refresh token of PingAM', { sub: 'u', tokenName: 'refresh_token', scope: 'read' }],
  ['a refresh token of Keycloak', { sub: 'u', typ: 'Refresh', scope: 'read', azp: 'web' }],
  ['a refresh token by type', { sub: 'u', type: 'refresh' }, at],
  ['a refresh token by token_type', { sub: 'u', token_type: 'refresh_token', scope: 'x' }],
  ['a refresh token by token_use', { sub: 'u', token_use: 'refresh' }],
  ['a refresh token by mode', { sub: 'u', mode: 'Refresh-Token' }],
  ['a refresh token by mode, in short', { sub: 'u', mode: 'rt', scope: 'x' }],
  ['a refresh token by a name in other letters', { sub: 'u', Type: 'Refresh', scope: 'x' }],
  ['a refresh token by a list', { sub: 'u', type: ['refresh'], scope: 'x' }],
  ['an access token that also says it is none', { sub: 'u', typ: ['Bearer', 'ID'], scope: 'x' }],
  ['a refresh token of Descope', { sub: 'u', drn: 'DSR', scope: 'x' }],
  ['a refresh token by header', { sub: 'u' }, { typ: 'rt+jwt' }],
  ['an authorization code', { sub: 'u', type: 'authorization_code', client_id: 'web' }],
  ['a token for another purpose', { sub: 'u', purpose: 'reset-password' }],
  ['a logout token', { sub: 'u', sid: 's', events: {} }, at],
  ['CIBA', { sub: 'u', 'urn:openid:params:jwt:claim:auth_req_id': 'x' }, at],
  ['CIBA with the hash of a refresh token', { 'urn:openid:params:jwt:claim:rt_hash': 'x' }],
  ['an authorization response', { code: 'c', state: 's' }],
  ['the same with sub and client', { code: 'c', state: 's', sub: 'u', client_id: 'web' }, at],
  ['one with an access token in it', { access_token: 'a', token_type: 'Bearer', state: 's' }],
  ['one that failed', { error: 'access_denied', state: 's' }],
  ['one without state', { code: 'c' }],
  ['an entity statement', { sub: 'https://id.example.com', jwks: { keys: [] }, metadata: {} }],
  ['an entity statement without keys', { sub: 'x', metadata: { openid_provider: {} } }],
  ['an entity statement of a leaf', { sub: 'x', authority_hints: ['https://t.example'] }, at],
  ['an introspection answer', { token_introspection: { active: true } }],
  ['a request object', { response_type: 'code', client_id: 'web', scope: 'openid' }],
  ['a software statement', { redirect_uris: [], client_id: 'web' }],
  ['a DPoP proof', { htm: 'GET', htu: 'https://api.example.com' }],
  ['a credential of a wallet', { sub: 'u', vct: 'pid', _sd: [] }],
  ['a status list', { sub: 'u', status_list: {} }],
  ['a transaction token', { sub: 'u', scope: 'read', tctx: {} }],
];

/** Of other kinds, by what is asked of those that look like access tokens, too. */
for (const scope of ['read', 'openid', undefined])
  FOREIGN.push(
    ['an introspection answer as it is', { active: true, token_type: 'Bearer', sub: 'u', scope }],
    ['one about somebody', { active: true, username: 'mira', client_id: 'web', scope }, at],
    ['one about nothing', { active: false, token_type: 'access_token', scope }],
    ['a request of CIBA', { client_id: 'web', client_notification_token: 'x', scope }],
    ['a request of CIBA about somebody', { client_id: 'web', login_hint_token: 'x', scope }, at],
    ['an answer of CIBA', { auth_req_id: 'x', client_id: 'web', scope }],
    ['an answer of the device flow', { device_code: 'x', client_id: 'web', scope }],
    ...['token_use', 'tokenUse', 'token_kind', 'token-class', 'TokenType', 'token_usage'].flatMap(
      (name): Case[] => [
        [`${name} of an ID token`, { sub: 'u', client_id: 'web', [name]: 'id', scope }],
        [`${name} of a refresh token`, { sub: 'u', [name]: 'refresh_token', scope }, at],
        [`${name} of a logout token`, { sub: 'u', [name]: 'backchannel-logout', scope }],
      ],
    ),
  );

/** Real ones. */
const ACCESS: Case[] = [
  ['RFC 9068', { sub: 'u', client_id: 'web' }, at],
  ['typ alone', { sub: 'u' }, at],
  ['a nonce, as old servers put there', { sub: 'u', nonce: 'n' }, at],
  ['Keycloak of old with a nonce', { sub: 'u', typ: 'Bearer', azp: 'web', nonce: 'n' }],
  ['authentik', { sub: 'u', aud, azp: aud, uid, nonce: 'n', auth_time: 1 }],
  ['authentik with scopes', { sub: 'u', aud, azp: aud, uid, scope: 'openid email', nonce: 'n' }],
  [
    'authentik by its issuer',
    {
      iss: 'https://id.example.com/application/o/parcels/',
      sub: 'u',
      azp: aud,
      uid: 'x',
      nonce: 'n',
    },
  ],
  ['authentik with openid alone', { sub: 'u', aud, azp: aud, uid, scope: 'openid' }],
  ['Entra, a user', { sub: 'Zq', oid: 'o', azp: 'c', scp: 'Read', tid: tenant, ver: '2.0' }],
  ['Entra, an application of its own', { sub: 'o', oid: 'o', azp: aud, azpacr: '1', tid: tenant }],
  ['Entra, version 1', { sub: 'o', oid: 'o', appid: 'c', tid: tenant, ver: '1.0' }],
  ['scope', { sub: 'u', scope: 'read' }],
  ['an empty scope', { sub: 'u', scope: '' }],
  ['scp as a list', { sub: 'u', scp: ['read'] }],
  ['the client', { sub: 'u', client_id: 'web' }],
  ['the client in azp', { sub: 'u', azp: 'web' }],
  ['the client in azp, after a login', { sub: 'u', azp: 'web', sid: 's', auth_time: 1 }],
  ['token_use', { sub: 'u', token_use: 'access' }],
  ['type', { sub: 'u', type: 'access' }],
  ['mode', { sub: 'u', mode: 'access_token' }],
  ['tokenUse', { sub: 'u', tokenUse: 'access' }],
  ['token_kind', { sub: 'u', token_kind: 'access-token' }],
  ['a class of its own', { sub: 'u', client_id: 'web', token_class: 'gold', active: true }],
  ['the client, for several', { sub: 'u', client_id: 'web', aud: ['web', aud] }],
  ['the client, after a login', { sub: 'u', client_id: 'web', auth_time: 1, email: 'a@b.c' }],
  ['the client itself', { sub: aud, cid: aud, aud }],
  ['the client itself with scopes', { sub: 'u', azp: aud, aud, scope: 'openid read', sid: 's' }],
  ['another client with scopes of identity', { sub: 'u', azp: 'web', scope: 'openid', nonce: 'n' }],
  ['tokenName', { sub: 'u', tokenName: 'access_token' }],
  ['purpose', { sub: 'u', purpose: 'access_token' }],
  ['roles', { sub: 'u', roles: ['clerk'] }],
  ['permissions', { sub: 'u', permissions: ['read'] }],
  ['Kubernetes', { sub: 'system:serviceaccount:a:b', 'kubernetes.io': {} }],
  ['GitHub', { sub: 'repo:acme/shop:ref:refs/heads/main', repository_id: '1' }],
  ['AWS', { sub: 'arn:aws:iam::111122223333:role/sync' }],
  ['Firebase', { sub: 'f', auth_time: 1, firebase: { sign_in_provider: 'password' } }],
  ['Supabase', { sub: 's', role: 'authenticated', aal: 'aal1', session_id: '5', email: 'a@b.c' }],
  ['words of many meanings', { sub: 'u', client_id: 'web', state: 'CA', type: 'vip', use: 'x' }],
  ['metadata of a user', { sub: 'u', azp: 'https://app', metadata: { role: 'admin' } }],
  ['a purpose of its own', { sub: 'u', client_id: 'web', purpose: 'billing' }, at],
];

/** Could be anything: good only where nothing else is signed with the keys. */
const UNMARKED: Case[] = [
  [
    'an ID token of Google for the server of an app',
    { sub: 'u', azp: '1-android.apps.googleusercontent.com' },
  ],
  ['an ID token of an app for its server', { sub: 'u', azp: 'app', email: 'mira@example.com' }],
  ['an ID token for several', { sub: 'u', azp: 'app', aud: ['app', aud], sid: 's' }],
  ['sub alone', { sub: 'u' }],
  ['a user', { sub: 'u', email: 'mira@example.com', name: 'Mira' }],
  ['what may be an ID token, for the client itself', { sub: 'u', azp: aud, auth_time: 1 }],
  ['what may be an ID token with roles', { sub: 'u', roles: ['admin'], auth_time: 1 }],
  ['what may be an ID token with a name', { sub: 'u', roles: ['admin'], name: 'Mira' }],
  ['roles that are none', { sub: 'u', roles: [] }],
  ['scope that is none', { sub: 'u', scope: null }],
  ['a session', { sub: 'u', sid: 's' }],
  ['what has all of an ID token', { sub: 'u', azp: aud, nonce: 'n', scope: 'openid email' }],
  ['the same for several', { sub: 'u', azp: 'a', aud: ['a', aud], nonce: 'n', scp: ['openid'] }],
  ['with the number of a user', { sub: 'u', azp: aud, uid: 'e12345', auth_time: 1 }],
  ['the same with a user name', { sub: 'u', azp: aud, uid: 'u', auth_time: 1, scope: 'profile' }],
  ...['client_id', 'cid', 'azp'].flatMap((name): Case[] => [
    [`a login, for ${name}`, { sub: 'u', [name]: aud, auth_time: 1 }],
    [`a session, for ${name} and its scopes`, { sub: 'u', [name]: aud, sid: 's', scope: 'email' }],
    [`userinfo, for ${name}`, { sub: 'u', [name]: aud, email: 'mira@example.com' }],
    [`an address, for ${name}`, { sub: 'u', [name]: aud, aud: [aud], address: {}, roles: ['a'] }],
  ]),
];

describe('the kind of a token', () => {
  it.each(FOREIGN)('is another: %s', (_, claims, header = {}) => {
    expect([check(claims, header, false), check(claims, header, true)]).toEqual(['kind', 'kind']);
  });

  it.each(ACCESS)('is that of an access token: %s', (_, claims, header = {}) => {
    expect([check(claims, header, false), check(claims, header, true)]).toEqual(['taken', 'taken']);
  });

  it.each(UNMARKED)('cannot be seen: %s', (_, claims, header = {}) => {
    expect([check(claims, header, false), check(claims, header, true)]).toEqual(['kind', 'taken']);
  });
});
