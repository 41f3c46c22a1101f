import { randomBytes } from 'node:crypto';
import { currentWork, type UserReference } from '../common/current-request.js';
import { isJsonObject } from '../common/json.js';
import { verifiedTokenOf, type VerifiedToken } from '../common/verified-token.js';
import type { RequestContext } from './request-context.js';
import { SessionUserTokenStore } from './session-user-token.store.js';
import { NoUserError } from './user-token.errors.js';
import { NO_CLIENT, noUser } from './no-user.js';
import { speaksFor } from './speaks-for.js';
import type { UserIdentity } from './user-identity.js';
import { keyOfUser, referenceOf } from './user-reference.js';
import type { UserTokenStore } from './user-token.store.js';

/**
 * Knows in whose name work is done: of whom `runAs` says, else of who sent the access token that `JwtAuthModule` has
 * verified, else of who is signed in to the web session. Of this application alone: what was verified for another one of the
 * process, or is in a session that it shares, says nothing here.
 */
export class UserAccessor {
  /** Under what a session knows its user. */
  readonly #member: string;

  /** @param application tells it from others that use the same sessions */
  constructor(
    private readonly context: Pick<RequestContext, 'application' | 'request'>,
    private readonly store: UserTokenStore,
    application: string,
  ) {
    this.#member = `nestjs-access-tokens:user:${application}`;
  }

  /** The user, if there is one. */
  current(): UserReference | undefined {
    const user = currentWork()?.user;
    if (user) return user;
    const token = this.incoming();
    // Whoever sent a token acts in its name, and in no other: a client has no user, whatever cookie it brings.
    return token ? userOf(token) : this.signedIn();
  }

  /** @throws {NoUserError} there is none */
  required(client: string): UserReference {
    const user = this.current();
    if (user) return user;
    throw noUser(client, this.incoming());
  }

  /** Who was named, else the user. @throws {TypeError} that names nobody */
  named(user: UserReference | string | undefined, where: string): UserReference | undefined {
    return user === undefined ? this.current() : referenceOf(user, `UserTokenService.${where}`);
  }

  /** The verified token that came with the work under way: the one that `runAs` was given, else that of the request. */
  incoming(): VerifiedToken | undefined {
    const token = currentWork()?.token;
    if (token) return token;
    const { request } = this;
    return request && verifiedTokenOf(request, this.context.application);
  }

  /**
   * Whose tokens somebody brings: of the user, else of who signs in to the session with them, under a key that nobody can
   * guess and that says nothing.
   *
   * @throws {NoUserError} there is none, or the token is not surely that of a user
   */
  owner(who: UserIdentity): UserReference {
    if (currentWork()?.user ?? this.incoming()) return this.required(NO_CLIENT);
    const session = this.session();
    if (!session) {
      throw new NoUserError(NO_CLIENT, 'there is neither a user nor a session to keep tokens for');
    }
    const reference = { key: randomBytes(32).toString('base64url'), ...who };
    session[this.#member] = reference;
    return reference;
  }

  /** Signs a user out of the session under way, if it is that user who is signed in to it. */
  signOut(key: string): void {
    const session = this.session();
    if (session && this.signedIn()?.key === key) delete session[this.#member];
  }

  /** The request under way, which may be the first that knows where the sessions are. */
  private get request(): object | undefined {
    const { request } = this.context;
    if (request && this.store instanceof SessionUserTokenStore) this.store.discover(request);
    return request;
  }

  private session(): Record<string, unknown> | undefined {
    const { request } = this;
    const session: unknown = request && Reflect.get(request, 'session');
    return isJsonObject(session) ? session : undefined;
  }

  private signedIn(): UserReference | undefined {
    const member = this.session()?.[this.#member];
    if (!isJsonObject(member)) return undefined;
    const { key, issuer, subject } = member;
    if (typeof key !== 'string') return undefined;
    return { key, issuer: textOf(issuer), subject: textOf(subject) };
  }
}

function userOf(token: VerifiedToken): UserReference | undefined {
  const { issuer, subject } = token;
  if (speaksFor(token) !== 'user' || subject === undefined) return undefined;
  return { key: keyOfUser(issuer, subject), issuer, subject };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
