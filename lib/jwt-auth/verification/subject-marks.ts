import type { Marks } from './claim-mark.js';

/**
 * How servers say in a token whom it speaks for. Each list holds groups: all marks of one group together
 * are a sign.
 */

const GRANT_CLAIMS = ['grant_type', 'grantType', 'gty', 'header.gty'] as const;
const CLIENT_GRANT = /^(?:urn:ietf:params:oauth:grant-type:)?client[-_]?(?:credentials|x509)$/i;
const USER_GRANT =
  /^(?:urn:(?:ietf|openid):params:(?:oauth:)?grant-type:)?(?:authorization[-_]code|implicit|password|device[-_]code|ciba)$/i;

const ADDRESS_AT_GOOGLE = /@(?:[\w-]+\.)*gserviceaccount\.com$/i;
const NAME_AT_AUTHENTIK = /^ak-.+-client_credentials$/;

/**
 * The server says outright that a client got the token for itself. This beats what looks like a session: clients
 * too have `auth_time`, and `sid` where they may refresh (Keycloak, PingAM, authentik).
 */
export const GRANTED_TO_CLIENT: readonly Marks[] = [
  ...GRANT_CLAIMS.map((name): Marks => [[name, CLIENT_GRANT]]), // PingAM, XSUAA, Auth0, Kinde, FusionAuth
  [['jti', /^[a-z]{4}cc:/]], // Keycloak 26.2: the grant in two letters
  [['idtyp', 'app']], // Microsoft Entra
  [['aut', 'APPLICATION']], // WSO2
  [['sap_id_type', 'app']], // SAP IAS
  [['amr', /client[-_]?credentials/i]], // IBM App ID
  // authentik, where nobody has signed in
  [
    ['preferred_username', NAME_AT_AUTHENTIK],
    ['uid', true],
    ['azp', true],
    ['amr', false],
  ],
];

/** The server says outright that a user had part in it. */
export const GRANTED_TO_USER: readonly Marks[] = [
  ...GRANT_CLAIMS.map((name): Marks => [[name, USER_GRANT]]),
  // Keycloak: code, password, device, CIBA. Tokens of clients can be refreshed (`rt`) and exchanged (`te`) as well.
  [['jti', /^[a-z]{4}(?:ac|ro|dg|ci):/]],
  [['idtyp', 'user']],
  [['aut', 'APPLICATION_USER']],
  [['sap_id_type', 'user']],
  [['sub_profile', 'user']], // Auth0
];

/** The address of a machine at Google. */
export const GOOGLE_ACCOUNT: Marks = [
  ['email', ADDRESS_AT_GOOGLE],
  ['email_verified', true],
];

/** What servers call machines, and what users may well call themselves. Without more than that, it is neither. */
export const LIKE_MACHINE: readonly Marks[] = [
  [['preferred_username', NAME_AT_AUTHENTIK]],
  [['email', ADDRESS_AT_GOOGLE]],
];

/** Only the session of a user, or the account of one, leaves this behind. */
export const SESSION_OF_USER: readonly Marks[] = [
  [['sid', true]], // OpenID Connect: Duende, PingOne, FusionAuth, Clerk, WorkOS, authentik, Keycloak
  [['session_state', true]], // Keycloak before 24
  [['amr', true]], // RFC 8176
  [
    ['session_id', true],
    ['aal', true],
  ], // Supabase
  [[['firebase', 'sign_in_provider'], true]],
  [['sub', /^\(usr!/]], // PingAM
  [['upn', /.@./]], // ADFS, Microsoft Entra
  [['user_name', true]], // XSUAA, Cloud Foundry
  [['user_uuid', true]], // SAP IAS
  [
    ['uid', true],
    ['cid', true],
  ], // Okta
  [
    ['token_use', 'access'],
    ['username', true],
  ], // Amazon Cognito
  [['authenticationType', true]], // FusionAuth
  // Microsoft: delegated scopes are for users only, with the tenant or the user flow beside them.
  [
    ['scp', true],
    ['tid', true],
    ['oid', true],
  ],
  [
    ['scp', true],
    ['tfp', true],
  ],
];

/** Somebody who has not said who it is. Not surely a user, and no client. */
export const ANONYMOUS: readonly Marks[] = [
  [['is_anonymous', true]], // Supabase
  [[['firebase', 'sign_in_provider'], 'anonymous']],
];

/** Names that users have and clients have not, where nothing in the token speaks against it. */
export const NAME_OF_USER: readonly Marks[] = [
  [['email_verified', true]],
  [['username', /^(?!service-account-)/]],
  [
    ['azp', true],
    ['sub', /^[a-z][\w-]*\|./i],
  ], // Auth0: `auth0|65aa`, the connection and the user
];

/**
 * Servers of which nothing can be concluded from `sub` and client: both name their users and the
 * accounts of their clients by numbers, or leave `sub` out for users as well.
 */
export const INSCRUTABLE: readonly Marks[] = [
  [['typ', /^(?:Bearer|DPoP)$/i]], // Keycloak, lightweight tokens included
  [['jti', /^[a-z]{6}:/]],
  [['realm_access', true]],
  [['resource_access', true]],
  [['jti', /^V\d+_\d+-at_/]], // Zitadel
  [
    ['uid', true],
    ['azp', true],
  ], // authentik
  [
    ['sub', /^uid:/],
    ['sty', true],
  ], // Salesforce: the user that a client runs as looks like any other
  [['client_profile', true]], // Auth0, where the API is not told the profile of the subject
];

/** Names and traces of a person. Where one is there, a client is no longer certain. */
export const PERSONAL: readonly Marks[] = [
  'username',
  'user_name',
  'preferred_username',
  'upn',
  'unique_name',
  'email',
  'emails',
  'given_name',
  'family_name',
  'nickname',
  'user_id',
  'user_uuid',
  'tfp', // Azure AD B2C: the user flow
  'act', // RFC 8693: somebody acts for somebody else
].map((name): Marks => [[name, true]]);
