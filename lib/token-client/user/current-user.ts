import { randomBytes } from 'node:crypto';
import { digestOf } from '../../common/digest.js';
import { currentWork, type UserReference } from '../../common/current-request.js';
import { isJsonObject } from '../../common/json.js';
import { verifiedTokenOf, type VerifiedToken } from '../../common/verified-token.js';

/** Under what the session of a web application knows its user. */
const MEMBER = 'nestjs-access-tokens';

/**
 * In whose name work is done at the moment: whom `runAs` says, else who sent the access token that
 * `JwtAuthModule` has verified, else who is signed in to the web session.
 */
export function currentUser(): UserReference | undefined {
  const work = currentWork();
  if (!work) return undefined;
  if (work.user) return work.user;
  if (!work.request) return undefined;
  // Whoever sent a token acts in its name, and in no other: a client has no user, whatever cookie it brings.
  const token = verifiedTokenOf(work.request);
  return token ? userOf(token) : sessionUserOf(work.request);
}

/** A user by what every token says, so that any process knows the same key. */
function referenceTo(issuer: string, subject: string): UserReference {
  const key = digestOf([issuer, subject]);
  return { key, issuer, subject };
}

/** A user that is named by the key alone, or in full. */
export function referenceOf(user: UserReference | string | undefined): UserReference | undefined {
  return typeof user === 'string' ? { key: user } : user;
}

/** The session of the request under way, if there is one. */
export function currentSession(): Record<string, unknown> | undefined {
  const request = currentWork()?.request;
  const session: unknown = request && Reflect.get(request, 'session');
  return isJsonObject(session) ? session : undefined;
}

/**
 * Whose tokens somebody brings: whom `runAs` says, else who sent the verified access token, else who signs in to the
 * session with them, under a key that nobody can guess and that says nothing.
 */
export function ownerOf(who: Pick<UserReference, 'issuer' | 'subject'>): UserReference | undefined {
  const work = currentWork();
  const token = work?.request && verifiedTokenOf(work.request);
  const known = work?.user ?? (token && userOf(token));
  const session = currentSession();
  if (known || !session) return known;
  const reference = { key: randomBytes(32).toString('base64url'), ...who };
  session[MEMBER] = reference;
  return reference;
}

/** Signs a user out of a session, if it is that user who is signed in to it. */
export function signOut(session: Record<string, unknown>, key: string): void {
  const member = session[MEMBER];
  if (isJsonObject(member) && member['key'] === key) delete session[MEMBER];
}

function userOf(token: VerifiedToken): UserReference | undefined {
  const { issuer, subject, isClient } = token;
  return isClient || subject === undefined ? undefined : referenceTo(issuer, subject);
}

function sessionUserOf(request: object): UserReference | undefined {
  const session: unknown = Reflect.get(request, 'session');
  const member = isJsonObject(session) ? session[MEMBER] : undefined;
  if (!isJsonObject(member)) return undefined;
  const { key, issuer, subject } = member;
  if (typeof key !== 'string') return undefined;
  return { key, issuer: textOf(issuer), subject: textOf(subject) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
