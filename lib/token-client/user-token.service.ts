import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { currentWork, type UserReference } from '../common/current-request.js';
import { untilAborted } from '../common/until-aborted.js';
import { verifiedTokenOf } from '../common/verified-token.js';
import { plannedForUser } from './acquisition/planned-request.js';
import type { TokenRequest } from './acquisition/token-request.js';
import { checked, tokenRequestOf } from './acquisition/token-request.factory.js';
import { ClientTokenService } from './client-token.service.js';
import type { ResolvedClient } from './config/resolved-client.js';
import { NoTokenError } from './errors.js';
import { NoUserError } from './user/user-token.errors.js';
import type { IssuedToken } from './issued-token.js';
import { TokenClientRegistry } from './token-client.registry.js';
import { TOKEN_CLIENT_REGISTRY } from './token-client.tokens.js';
import type { GetTokenOptions } from './token-source.js';
import { currentSession, currentUser, ownerOf, referenceOf, signOut } from './user/current-user.js';
import { ExchangedTokens } from './user/exchanged-tokens.js';
import { warnInProduction } from './user/production-warnings.js';
import { RequestContext } from './user/request-context.js';
import { MemoryUserTokenStore } from './user/memory-user-token.store.js';
import { SessionUserTokenStore } from './user/session-user-token.store.js';
import { revokeTokensOf, type Revocation, type RevokeOptions } from './user/revocation.js';
import { sessionOf, type UserSession } from './user/user-session.js';
import { checkSame, identityIn, recordOf, type UserTokenSet } from './user/user-token-set.js';
import type { UserTokenStore } from './user/user-token.store.js';
import { userTokenEngine } from './user/user-token-engine.js';
import type { UserTokenWriter } from './user/user-token-writer.js';
import type { UserTokens } from './user/user-tokens.js';

/** What errors call the shared options, where no named client is involved. */
const NO_CLIENT = 'forRoot';

/**
 * Keeps the tokens of users, and gets and refreshes them for calls in their name. The user is the one of
 * `runAs`, else whoever sent the access token that `JwtAuthModule` has verified, else whoever is signed in to
 * the web session; learnt anew for each call, and never kept by a client.
 */
@Injectable()
export class UserTokenService implements OnModuleInit, OnApplicationShutdown {
  readonly #registry: TokenClientRegistry;
  readonly #clientTokens: ClientTokenService;
  readonly #store: UserTokenStore;
  readonly #writer: UserTokenWriter;
  readonly #tokens: UserTokens;
  readonly #exchanged: ExchangedTokens;
  readonly #logger = new Logger('TokenClientModule');

  /** @internal */
  constructor(
    @Inject(TOKEN_CLIENT_REGISTRY) registry: TokenClientRegistry,
    clientTokens: ClientTokenService,
    context: RequestContext,
  ) {
    const { clock, maxCachedTokens } = registry.settings;
    this.#registry = registry;
    this.#clientTokens = clientTokens;
    this.#store = registry.userTokenStore ?? new MemoryUserTokenStore();
    const { writer, tokens } = userTokenEngine(this.#store, registry, this.#logger);
    this.#writer = writer;
    this.#tokens = tokens;
    const { endpoint, observer } = registry;
    this.#exchanged = new ExchangedTokens(endpoint, clock, observer, maxCachedTokens);
    registry.replicas.onInvalidated((name) => this.#exchanged.forgetAllOf(name));
    registry.beforeEnd(async () => {
      await tokens.close();
      await writer.close();
    });
    if (registry.userTokenStore) context.open();
  }

  /** @throws {ConfigurationError} where tokens of users are wanted, and the shared options do not say all that it takes */
  onModuleInit(): void {
    const users = this.#registry.clients.filter(({ kind }) => kind === 'user');
    if (users.length === 0) return;
    warnInProduction(this.#registry, this.#logger);
  }

  /** In whose name work is done at the moment. Can be kept in a queue, and given to `runAs` there. */
  currentUser(): UserReference | undefined {
    const request = currentWork()?.request;
    if (request && this.#store instanceof SessionUserTokenStore) this.#store.discover(request);
    return currentUser();
  }

  /**
   * The token that calls of a named client carry at the moment; without a name, the token as it came
   * with the sign-in.
   *
   * @throws {NoUserError} nobody is signed in
   * @throws {ReauthenticationRequiredError} the user has to sign in again
   * @throws {UserTokenStoreError} the store failed
   * @throws {TokenRequestError} the authorization server refuses
   * @throws {TokenEndpointUnavailableError} the authorization server cannot be asked
   * @throws {UnknownTokenClientError} there is no client of that name
   */
  getToken(options?: GetTokenOptions): Promise<IssuedToken>;
  getToken(name: string, options?: GetTokenOptions): Promise<IssuedToken>;
  async getToken(
    first?: string | GetTokenOptions,
    second: GetTokenOptions = {},
  ): Promise<IssuedToken> {
    const named = typeof first === 'string';
    const options = (named ? second : first) ?? {};
    const name = named ? first : NO_CLIENT;
    options.signal?.throwIfAborted();
    try {
      const found = named
        ? this.find(this.#registry.get(name), options)
        : this.ofUser(name, this.sharedRequest(options), options);
      return await untilAborted(found, options.signal);
    } catch (error) {
      throw error instanceof NoTokenError ? error.forClient(name) : error;
    }
  }

  /**
   * Keeps the tokens of a user who has just signed in. With a web session, the user is signed in to it; give
   * the session a new id before, as `UserLoginModule` does.
   *
   * @param user whose tokens they are. Default: whoever sent the verified access token, else the session
   * @throws {NoUserError} there is neither a user nor a session
   * @throws {TypeError} the tokens make no sense, or the ID token is about somebody else than the user
   * @throws {UserTokenStoreError} the store failed
   */
  async store(tokens: UserTokenSet, user?: UserReference | string): Promise<UserReference> {
    const identity = identityIn(tokens.idToken);
    const record = recordOf(tokens, identity, this.#registry.settings.clock.now());
    const reference = referenceOf(user) ?? this.owner(identity);
    const who = { issuer: reference.issuer, subject: reference.subject };
    checkSame(who, identity);
    await this.#tokens.put(reference.key, { ...who, ...record, ...identity });
    return reference;
  }

  /** What is known about the current user and the tokens kept for them. Nothing of it is secret. */
  async session(user?: UserReference | string): Promise<UserSession | undefined> {
    const reference = referenceOf(user) ?? this.currentUser();
    const record = reference && (await this.#writer.read(reference.key));
    return record && sessionOf(record);
  }

  /** @internal The ID token of the current user, which goes back to the server that gave it when the user signs out. */
  async idToken(): Promise<string | undefined> {
    const reference = this.currentUser();
    return reference && (await this.#writer.read(reference.key))?.idToken;
  }

  /**
   * Forgets the access tokens that calls of a named client carry, so that the next call gets a new one: the one of the
   * current user, where the client sends that; those of all users that were exchanged for it; and the application's own.
   * Refresh tokens stay, and access tokens stay valid until they end: this is not a revocation. Replicas that share the
   * tokens do so within a second.
   *
   * @throws {UserTokenStoreError} the store failed
   * @throws {UnknownTokenClientError} there is no client of that name
   */
  async invalidate(name: string): Promise<void> {
    const client = this.#registry.get(name);
    const user = client.kind === 'user' ? this.currentUser() : undefined;
    if (user) {
      const request = await plannedForUser(client, this.#registry.userTemplate, {});
      await this.#tokens.forget(user.key, request);
    }
    this.#exchanged.forgetAllOf(name);
    await this.#clientTokens.invalidate(name);
  }

  /**
   * Forgets the tokens of the user, and revokes them at the authorization server (RFC 7009). What cannot be
   * revoked is logged and told in the result; signing out goes on.
   *
   * @throws {UserTokenStoreError} the store failed
   */
  async revoke(options: RevokeOptions = {}): Promise<Revocation> {
    const reference = referenceOf(options.user) ?? this.currentUser();
    const read = reference && this.#writer.readForDeletion(reference.key);
    const [found] = await Promise.allSettled([read]);
    const [cleared] = await Promise.allSettled([this.clear(reference)]);
    const record = found.status === 'fulfilled' ? found.value : undefined;
    // Also where the store does not forget them: then all the more.
    const revocation = await revokeTokensOf(record, options, this.#registry, this.#logger);
    for (const done of [found, cleared]) if (done.status === 'rejected') throw done.reason;
    return revocation;
  }

  /**
   * Forgets the tokens of the user here. They stay valid until they end: this is not a revocation.
   *
   * @throws {UserTokenStoreError} the store failed
   */
  async clear(user?: UserReference | string): Promise<void> {
    const reference = referenceOf(user) ?? this.currentUser();
    if (!reference) return;
    const session = currentSession();
    if (session) signOut(session, reference.key);
    await this.#writer.delete(reference.key);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#registry.end();
    this.#exchanged.clear();
  }

  private async find(client: ResolvedClient, options: GetTokenOptions): Promise<IssuedToken> {
    const { name, kind, withoutUser } = client;
    const request = currentWork()?.request;
    const incoming = request && verifiedTokenOf(request);
    const there = kind === 'user' ? this.currentUser() : incoming;
    if (kind === 'client' || (!there && withoutUser === 'client')) {
      return this.#clientTokens.getToken(name, options);
    }
    if (kind === 'user') {
      const planned = await plannedForUser(client, this.#registry.userTemplate, options);
      return this.ofUser(name, planned, options);
    }
    if (!incoming) throw new NoUserError(name, 'no verified access token came with the request');
    return kind === 'exchange'
      ? this.#exchanged.exchange(client, incoming, options)
      : this.#exchanged.forward(client, incoming);
  }

  private ofUser(
    client: string,
    request: TokenRequest,
    { force, rejected }: GetTokenOptions,
  ): Promise<IssuedToken> {
    const user = this.currentUser();
    if (!user) return Promise.reject(new NoUserError(client));
    return this.#tokens.get({ client, user, request, force, rejected });
  }

  private sharedRequest({ scope, resource, audience, parameters }: GetTokenOptions): TokenRequest {
    const own = checked(NO_CLIENT, { scope, resource, audience, parameters });
    return tokenRequestOf(this.#registry.userTemplate, own).request;
  }

  /** Whose tokens they are that nobody gave a name to. */
  private owner(identity: { issuer?: string; subject?: string }): UserReference {
    this.currentUser();
    const owner = ownerOf(identity);
    if (owner) return owner;
    throw new NoUserError(NO_CLIENT, 'there is neither a user nor a session to keep tokens for');
  }
}
