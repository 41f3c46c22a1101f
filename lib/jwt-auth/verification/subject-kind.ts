import type { JwtClaims } from './decode-token.js';

/** Servers from before RFC 9068 name the client differently: OpenID Connect, Okta, Microsoft Entra v1. */
const CLIENT_CLAIMS = ['client_id', 'azp', 'cid', 'appid'];

/** Claims by which servers say that no user has part in a token. */
const CLIENT_MARKS: readonly (readonly [claim: string, value: string])[] = [
  ['idtyp', 'app'], // Microsoft Entra
  ['gty', 'client-credentials'], // Auth0
];

/** What `sub` is when a client speaks for itself. */
const CLIENT_SUBJECTS: readonly ((clientId: string) => string)[] = [
  (clientId) => clientId, // RFC 9068 section 5
  (clientId) => `${clientId}@clients`, // Auth0
];

/** Keycloak has a user for each client that may have tokens of its own. */
const SERVICE_ACCOUNT = 'service-account-';

/** Claims that only the login of a user leaves behind (RFC 9068 section 2.2.1; `sid`: OpenID Connect). */
const LOGIN_CLAIMS = ['auth_time', 'amr', 'sid'];

/** Whom a token speaks for; nothing where that is not sure. */
export type SubjectKind = 'user' | 'client' | undefined;

/** The client that a token was issued to. */
export function clientIdOf(claims: JwtClaims): string | undefined {
  return clientIdsOf(claims)[0];
}

/**
 * Tells the tokens of users and of clients apart.
 *
 * Names of clients and of users come from different hands, and may be the same (RFC 9700 section 4.15): a
 * client whose name is the `sub` of a user must not pass for that user, nor a user with the name of a client
 * for that client. So whatever looks like a client is no user, and is a client only if it looks like nothing else.
 */
export function subjectKindOf(claims: JwtClaims): SubjectKind {
  const { sub } = claims;
  if (sub !== undefined && (typeof sub !== 'string' || sub === '')) return undefined;
  const clientIds = clientIdsOf(claims);
  const { preferred_username: userName } = claims;
  const account = typeof userName === 'string' && userName.startsWith(SERVICE_ACCOUNT);
  const marked =
    CLIENT_MARKS.some(([name, value]) => claims[name] === value) || isEntraApplication(claims);
  const named = clientIds.some((id) => CLIENT_SUBJECTS.some((subjectOf) => sub === subjectOf(id)));
  if (sub !== undefined && !marked && !named && !account) return 'user';
  const loggedIn =
    claims['idtyp'] === 'user' || LOGIN_CLAIMS.some((name) => claims[name] !== undefined);
  // Keycloak writes user names in small letters.
  const foreign =
    account && !clientIds.some((id) => userName === SERVICE_ACCOUNT + id.toLowerCase());
  return clientIds.length > 0 && !loggedIn && !foreign ? 'client' : undefined;
}

/** Microsoft Entra, where `idtyp` is not switched on: users have a `sub` for each application, applications their `oid`. */
function isEntraApplication({ oid, sub, scp }: JwtClaims): boolean {
  return oid !== undefined && oid === sub && scp === undefined;
}

function clientIdsOf(claims: JwtClaims): string[] {
  const ids: unknown[] = CLIENT_CLAIMS.map((name) => claims[name]);
  return ids.filter((id) => typeof id === 'string').filter((id) => id !== '');
}
