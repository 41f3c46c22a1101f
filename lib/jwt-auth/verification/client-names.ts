import type { JwtClaims } from './decode-token.js';

/** Servers from before RFC 9068 name the client differently: OpenID Connect, Okta, Microsoft Entra v1. */
const CLIENT_CLAIMS = ['client_id', 'azp', 'cid', 'appid'];

/** What `sub` is when a client speaks for itself. */
const CLIENT_SUBJECTS: readonly ((clientId: string) => string)[] = [
  (clientId) => clientId, // RFC 9068 section 5
  (clientId) => `${clientId}@clients`, // Auth0
];

/** Keycloak has a user for each client that may have tokens of its own. */
const SERVICE_ACCOUNT = 'service-account-';

/** The client that a token was issued to, by all names that it has in it. */
export function clientIdsOf(claims: JwtClaims): string[] {
  const ids: string[] = [];
  for (const name of CLIENT_CLAIMS) {
    const id = claims[name];
    if (typeof id === 'string' && id !== '') ids.push(id);
  }
  return ids;
}

/** The client that a token was issued to. */
export function clientIdOf(claims: JwtClaims): string | undefined {
  return clientIdsOf(claims)[0];
}

/** Whether `sub` is the client. */
export function isNamedAsClient(claims: JwtClaims): boolean {
  const { sub } = claims;
  return clientIdsOf(claims).some((id) =>
    CLIENT_SUBJECTS.some((subjectOf) => sub === subjectOf(id)),
  );
}

/**
 * Whether `sub` looks as if it were a client, without being that of this token: in other letters, with something
 * before it as in `client:web`, or the audience, which is the client where a server names it nowhere else.
 */
export function resemblesClient(claims: JwtClaims): boolean {
  const { sub, aud } = claims;
  if (typeof sub !== 'string') return false;
  const subject = sub.toLowerCase();
  const named = clientIdsOf(claims).map((id) => id.toLowerCase());
  return (
    named.some((id) => subject === id || /[:/|#!]$/.test(withoutEnd(subject, id))) ||
    subject.endsWith('@clients') ||
    /^(?:client|application|app|service|service[-_]?account|machine|m2m|bot|agent|workload|device)[:/|#]/.test(
      subject,
    ) ||
    (Array.isArray(aud) ? aud.includes(sub) : aud === sub)
  );
}

/**
 * Whether a token is that of the account of a client (Keycloak, also with MicroProfile claims); `'another'`: of another client
 * than it was issued to.
 */
export function serviceAccountOf(claims: JwtClaims): 'own' | 'another' | undefined {
  const { preferred_username, upn } = claims;
  const name = [preferred_username, upn].find(isServiceAccount);
  if (name === undefined) return undefined;
  // Keycloak writes user names in small letters.
  const own = clientIdsOf(claims).some((id) => name === SERVICE_ACCOUNT + id.toLowerCase());
  return own ? 'own' : 'another';
}

function isServiceAccount(name: unknown): name is string {
  return typeof name === 'string' && name.startsWith(SERVICE_ACCOUNT);
}

function withoutEnd(text: string, end: string): string {
  return text.endsWith(end) ? text.slice(0, -end.length) : '';
}
