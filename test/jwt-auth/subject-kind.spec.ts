import type { DecodedToken } from '../../lib/jwt-auth/verification/decode-token.js';
import {
  subjectKindOf,
  type SubjectKindRule,
} from '../../lib/jwt-auth/verification/subject-kind.js';

const tenant = 'f7c1b0de-6b1e-4c55-9d7e-0a5d3c2b1a90';
const at = { typ: 'at+jwt' };
const aud = 'https://parcels.example.com';

function token(claims: object, header: object = {}): DecodedToken {
  const head = { alg: 'RS256', typ: 'JWT', ...header };
  return { header: head, parameters: { ...head }, claims: { aud, iat: 1, exp: 2, ...claims } };
}

type Case = [what: string, claims: object, header?: object];

/** In the shapes of real servers, with names that are made up. */
const CLIENTS: Case[] = [
  ['RFC 9068', { sub: 'sync', client_id: 'sync' }, at],
  [
    'Keycloak',
    {
      sub: '8d-uuid',
      typ: 'Bearer',
      azp: 'parcels-Sync',
      preferred_username: 'service-account-parcels-sync',
    },
  ],
  ['Keycloak, lightweight', { sub: '8d-uuid', typ: 'Bearer', azp: 'sync', jti: 'trltcc:1' }],
  [
    'Keycloak, lightweight, without sub, with a session to refresh',
    { typ: 'Bearer', azp: 'sync', sid: 's', jti: 'onltcc:1' },
  ],
  [
    'Keycloak, without user names',
    {
      sub: '8d-uuid',
      typ: 'Bearer',
      azp: 'sync',
      clientHost: '10.0.0.1',
      clientAddress: '10.0.0.1',
    },
  ],
  ['Entra, marked', { sub: 'x', appid: 'c', idtyp: 'app', tid: tenant, ver: '1.0' }],
  ['Entra, unmarked', { sub: 'o', oid: 'o', azp: 'c', roles: ['Read.All'], tid: tenant }],
  ['Auth0', { sub: 'k3@clients', azp: 'k3', gty: 'client-credentials' }],
  ['Auth0, an agent', { sub: 'desk', sub_profile: 'ai_agent', client_id: 'k3' }, at],
  ['Auth0, an agent by its name', { sub: 'agt_7', client_id: 'k3' }, at],
  ['Auth0, an agent by its grant', { sub: 'desk', azp: 'k3', gty: 'client-credentials' }],
  ['Kinde', { azp: 'k', gty: ['client_credentials'] }],
  ['Okta', { sub: '0oa1', cid: '0oa1', scp: ['parcels.read'] }],
  ['Cognito', { sub: 'c1', client_id: 'c1', token_use: 'access', auth_time: 1 }],
  ['Google', { sub: '1', azp: '1', email: 'x@p.iam.gserviceaccount.com', email_verified: true }],
  ['Duende, which leaves out sub', { client_id: 'sync', scope: ['parcels.read'] }, at],
  ['PingOne, which leaves out sub', { client_id: 'sync', scope: 'parcels.read', env: 'e' }],
  ['ADFS', { appid: 'c', apptype: 'Confidential', auth_time: '2026-11-27T10:00Z' }],
  ['SAP IAS', { azp: 'c', sap_id_type: 'app' }],
  ['XSUAA', { sub: 'sb!b7', client_id: 'sb!b7', grant_type: 'client_credentials', zid: 'z' }],
  ['FusionAuth', { sub: 'e-uuid', tid: tenant }, { gty: ['client_credentials'] }],
  ['App ID', { sub: 'c', amr: ['appid_client_credentials'], scope: 'parcels.read' }],
  [
    'authentik',
    {
      sub: '9f',
      azp: 'p',
      uid: 'u',
      auth_time: 1,
      preferred_username: 'ak-parcels-client_credentials',
    },
  ],
  ['PingAM', { sub: '(age!sync)', client_id: 'sync', tokenName: 'access_token', auth_time: 1 }],
  [
    'PingAM of old',
    { sub: 'sync', client_id: 'sync', grant_type: 'client_credentials', auth_time: 1 },
  ],
  ['WSO2', { sub: 'admin', azp: 'c', client_id: 'c', aut: 'APPLICATION', scope: 'openid' }],
  ['Kubernetes', { sub: 'system:serviceaccount:a:b', 'kubernetes.io': { namespace: 'a' } }],
  ['AWS', { sub: 'arn:aws:iam::111122223333:role/sync' }],
  ['AWS GovCloud', { sub: 'arn:aws-us-gov:sts::1:assumed-role/a/b' }],
  ['SPIFFE', { sub: 'spiffe://example.com/ns/a/sa/b' }],
  ['GitHub', { sub: 'custom', repository_id: '1', repository_owner_id: '2', actor: 'mira' }],
  ['GitHub, by sub', { sub: 'repo:acme@1/shop@2:ref:refs/heads/main' }],
  [
    'GitLab, which names who set off the job',
    { sub: 'x', project_id: '2', project_path: 'a/b', ref: 'main', user_login: 'mira' },
  ],
  ['CircleCI', { sub: 'org/1/project/2/user/3', 'oidc.circleci.com/project-id': '2' }],
  ['Buildkite', { sub: 'organization:acme:pipeline:shop:ref:refs/heads/main' }],
  ['Terraform', { sub: 'organization:acme:project:p:workspace:w:run_phase:plan' }],
  ['Vercel', { sub: 'owner:acme:project:shop:environment:production' }],
  ['Azure DevOps', { sub: 'sc://acme/shop/connection' }],
];

const USERS: Case[] = [
  ['RFC 9068', { sub: 'mira', client_id: 'web', scope: 'parcels.read' }, at],
  ['Keycloak', { sub: 'u', typ: 'Bearer', azp: 'web', sid: 's', jti: 'onrtac:1' }],
  ['Keycloak, without a session', { sub: 'u', typ: 'Bearer', azp: 'web', jti: 'trrtro:1' }],
  ['Keycloak before 24', { sub: 'u', typ: 'Bearer', azp: 'web', session_state: 's' }],
  ['Entra', { sub: 'Zq', oid: 'o', azp: 'c', scp: 'Parcels.Read', tid: tenant, ver: '2.0' }],
  ['Entra, marked', { sub: 'Zq', oid: 'o', azp: 'c', idtyp: 'user' }],
  ['Azure AD B2C, where sub is the oid', { sub: 'o', oid: 'o', azp: 'c', scp: 'read', tfp: 'B' }],
  ['Auth0', { sub: 'auth0|65', azp: 'web', scope: 'read:parcels' }],
  ['Auth0, RFC 9068', { sub: 'google-oauth2|1', client_id: 'web' }, at],
  ['Okta', { sub: 'mira@example.com', uid: '00u', cid: '0oa2', scp: ['parcels.read'] }],
  ['Cognito', { sub: 'u', client_id: 'c1', username: 'mira', token_use: 'access' }],
  ['Duende', { sub: '884', client_id: 'web', sid: 'A', amr: ['pwd'], auth_time: 1 }],
  ['PingOne', { sub: 'u7', client_id: 'web', sid: 's', auth_time: 1 }, at],
  ['ADFS', { sub: 'Tq=', appid: 'c', upn: 'mira@example.com', auth_time: '2026-11-27T10:00Z' }],
  ['SAP IAS', { sub: 'P42', azp: 'c', sap_id_type: 'user' }],
  ['XSUAA', { sub: 'u', client_id: 'sb!t42', grant_type: 'authorization_code', user_name: 'm' }],
  ['FusionAuth', { sub: 'u', sid: 's', authenticationType: 'PASSWORD' }],
  ['App ID', { sub: 'u', amr: ['cloud_directory'], scope: 'parcels.read' }],
  ['authentik', { sub: '1a', azp: 'p', uid: 'u', sid: 'z', amr: ['pwd'], nonce: 'n' }],
  ['PingAM', { sub: '(usr!44)', client_id: 'web', auth_time: 1 }],
  ['Hydra', { sub: 'mira', client_id: 'web', scp: ['openid', 'parcels.read'] }],
  ['Curity', { sub: 'mira', purpose: 'access_token', delegationId: 'd', scope: 'openid read' }],
  ['Firebase', { sub: 'f1', user_id: 'f1', firebase: { sign_in_provider: 'password' } }],
  ['Supabase', { sub: '6e', session_id: '5c', aal: 'aal1', amr: [{ method: 'password' }] }],
  ['Clerk', { sub: 'user_2', azp: 'https://app.example.com', sid: 'sess_9', sts: 'active' }],
  ['WorkOS', { sub: 'user_01', sid: 'session_01', role: 'admin' }],
  ['WSO2', { sub: 'mira', azp: 'c', aut: 'APPLICATION_USER' }],
  ['Dex', { sub: 'u', email: 'mira@example.com', email_verified: true }],
];

/** Nothing says whom these speak for, or the signs contradict each other. */
const NEITHER: Case[] = [
  ['nothing but a name', { sub: 'mira' }],
  ['nothing but another name than the client', { sub: 'mira', client_id: 'web' }],
  ['a login without a session', { sub: 'mira', client_id: 'web', auth_time: 1 }],
  ['Keycloak, exchanged, no sub and no sid', { typ: 'Bearer', azp: 'web', jti: 'trltte:1' }],
  ['Keycloak, exchanged', { sub: 'u', typ: 'Bearer', azp: 'web', jti: 'trrtte:1' }],
  ['Keycloak, no sub, a session', { typ: 'Bearer', azp: 'web', sid: 's', client_id: 'web' }],
  ['Keycloak, typ at+jwt, lightweight', { sub: 'u', typ: 'Bearer', azp: 'web' }, at],
  ['Keycloak, asked for openid', { sub: 'u', typ: 'Bearer', azp: 'web', scope: 'openid' }],
  [
    'Keycloak, a user named as an account, by login',
    { sub: 'u', azp: 'web', preferred_username: 'service-account-web', jti: 'onrtac:1' },
  ],
  ['MicroProfile claims of a service account', { sub: 'u', upn: 'service-account-web', sid: 's' }],
  ['Zitadel, a service user', { sub: '284', client_id: 'sync-bot', jti: 'V2_1-at_2' }, at],
  ['Zitadel, with roles', { sub: '284', client_id: 'sync', 'urn:zitadel:iam:org:x': {} }, at],
  ['authentik, a service account of its own', { sub: '9', azp: 'p', uid: 'u', auth_time: 1 }],
  ['authentik, asked for openid', { sub: '9', azp: 'p', uid: 'u', scope: 'openid' }],
  ['Salesforce', { sub: 'uid:005', client_id: '3MV', sty: 'User', scp: 'api openid' }],
  ['Auth0, an agent whose profile is not told', { sub: 'd', client_id: 'k', client_profile: 'x' }],
  ['Curity, a client', { sub: 'sync', purpose: 'access_token', delegationId: 'd' }, at],
  ['Spring, where the client is the audience', { sub: aud, scope: 'openid' }],
  ['the client in other letters', { sub: 'WEB', client_id: 'web' }, at],
  ['the client with a word before it', { sub: 'client:web', client_id: 'web' }, at],
  ['another client of Auth0', { sub: 'other@clients', azp: 'web', scope: 'openid' }],
  ['a user who took the name of a client', { sub: 'web', client_id: 'web', auth_time: 1 }, at],
  ['the same with a user name', { sub: 'web', client_id: 'web', username: 'web' }, at],
  ['the same by the code grant', { sub: 'web', client_id: 'web', grant_type: 'password' }],
  ['grants that contradict', { sub: 'x', gty: 'client-credentials', idtyp: 'user' }],
  ['a workload with a session', { sub: 'system:serviceaccount:a:b', sid: 's' }],
  ['Entra, the user of an agent', { sub: 'Z', idtyp: 'user', xms_sub_fct: '2 13' }],
  ['B2C, a user without a scope', { sub: 'o', oid: 'o', azp: 'c', tfp: 'B2C_1_reset' }],
  ['a user without sub', { client_id: 'web', email: 'mira@example.com' }, at],
  ['a login without sub', { client_id: 'web', sid: 's' }, at],
  ['openid without sub', { client_id: 'web', scope: 'openid' }, at],
  ['no sub, and the client in azp alone', { azp: 'web' }],
  ['Firebase, anonymous', { sub: 'f', firebase: { sign_in_provider: 'anonymous' } }],
  ['Supabase, anonymous', { sub: 's', session_id: '5', aal: 'aal1', is_anonymous: true }],
  ['a session that says nothing', { sub: 'mira', sid: '', amr: [], username: null }],
  // Users choose their names and addresses themselves, and some servers have the name for `sub`.
  [
    'a user with an address like those of Google for machines',
    { sub: 'u', typ: 'Bearer', azp: 'web', sid: 's', email: 'x@y.iam.gserviceaccount.com' },
  ],
  [
    'the same where nothing else is known of the user',
    { sub: 'u', client_id: 'web', email: 'x@gserviceaccount.com', email_verified: true },
  ],
  [
    'a user with a name like those of authentik for machines',
    { sub: 'u', azp: 'web', sid: 's', preferred_username: 'ak-x-client_credentials' },
  ],
  [
    'the same at authentik, with a login',
    {
      sub: '1a',
      azp: 'p',
      uid: 'u',
      sid: 'z',
      amr: ['pwd'],
      preferred_username: 'ak-x-client_credentials',
    },
  ],
  [
    'a user named as an account, in MicroProfile claims',
    { sub: 'u', azp: 'web', upn: 'service-account-x' },
  ],
  ['Spring, a user named as a workload', { sub: 'system:x', aud: 'web', scope: ['read'] }],
  ['a user named as a workload, with a client', { sub: 'spiffe://x', client_id: 'web' }],
  ['a user named as a job', { sub: 'repo:a/b', scope: 'read', email: 'mira@example.com' }],
  ['a user named as a job, after a login', { sub: 'repo:a/b', auth_time: 1 }],
  ['a user named as an agent', { sub: 'agt_7', scope: ['read'] }],
  ['a user named as an agent of PingAM', { sub: '(age!x)', scope: ['read'] }],
  ['sub that is no text', { sub: ['mira'], sid: 's' }, at],
  ['an empty sub', { sub: '', client_id: 'web', gty: 'client-credentials' }],
];

describe('subjectKindOf', () => {
  it.each(CLIENTS)('tells a client: %s', (_, claims, header = {}) => {
    expect(subjectKindOf(token(claims, header))).toBe('client');
  });

  it.each(USERS)('tells a user: %s', (_, claims, header = {}) => {
    expect(subjectKindOf(token(claims, header))).toBe('user');
  });

  it.each(NEITHER)('says that it cannot tell: %s', (_, claims, header = {}) => {
    expect(subjectKindOf(token(claims, header))).toBeUndefined();
  });

  it.each<[rule: SubjectKindRule, claims: object, kind: 'user' | 'client' | undefined]>([
    ['user', { sub: 'mira' }, 'user'],
    ['user', {}, undefined],
    ['user', { sub: '' }, undefined],
    ['user', { sub: 's', is_anonymous: true, session_id: '5', aal: 'aal1' }, 'user'],
    ['client', { sub: 'job' }, 'client'],
    ['client', {}, 'client'],
    ['client', { sub: 1 }, undefined],
    [{ otherwise: 'user' }, { sub: 'mira', client_id: 'web' }, 'user'],
    [{ otherwise: 'user' }, { sub: 'k3@clients', azp: 'k3' }, 'client'],
    [{ otherwise: 'user' }, { sub: 'x', gty: 'client-credentials' }, 'client'],
    [{ otherwise: 'user' }, {}, undefined],
    [{ otherwise: 'client' }, { sub: 'job' }, 'client'],
    [{ otherwise: 'none' }, { sub: 'mira', client_id: 'web', scope: 'openid' }, undefined],
    [{ otherwise: 'none' }, { sub: 'mira', sid: 's' }, 'user'],
    [{ client: [['kind', 'robot']] }, { sub: 'r2', kind: 'robot' }, 'client'],
    [{ client: [['kind', 'robot']] }, { sub: 'r2', kind: ['tall', 'robot'] }, 'client'],
    [{ client: [['kind', 'robot']] }, { sub: 'mira', kind: 'robots', sid: 's' }, 'user'],
    [{ client: [['level', 0]] }, { sub: 'r2', level: 0 }, 'client'],
    [{ client: [['level', 0]] }, { sub: 'r2', level: '0' }, undefined],
    [{ user: [[['act', 'as'], /^u-/g]] }, { sub: 'm', act: { as: 'u-1' } }, 'user'],
    [{ user: [['sub', /^u-/y]] }, { sub: 'mira-u-1' }, undefined],
    [{ client: [['sub', false]] }, { appid: 'c' }, 'client'],
    [{ client: [['human', false]] }, { sub: 'r2', human: false }, 'client'],
    [{ user: [['human', true]] }, { sub: 'mira', human: true }, 'user'],
    [{ user: [['human', true]] }, { sub: 'mira', human: false }, undefined],
    [{ user: [['header.realm', 'people']] }, { sub: 'mira' }, 'user'],
    [{ user: [['header.realm', 'people']] }, { sub: 'mira', realm: 'people' }, 'user'],
    [{ user: [[['header', 'realm'], 'people']] }, { sub: 'm' }, undefined],
    [{ client: [['bot', true]], user: [['sid', true]] }, { sub: 'x', bot: 1, sid: 's' }, undefined],
    [{ client: [['toString', true]] }, { sub: 'mira', sid: 's' }, 'user'],
  ])('follows the configuration: %j of %j', (rule, claims, kind) => {
    const given = token(claims, { realm: 'people' });
    expect(subjectKindOf(given, rule)).toBe(kind);
    // An expression that is global does not take turns.
    expect(subjectKindOf(given, rule)).toBe(kind);
  });
});
