import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import type { UserReference } from '../common/current-request.js';
import { abortable } from '../common/abortable.js';
import { buildUserTokenRequest } from './cache/token-request-plan.js';
import { ClientTokenService } from './client-token.service.js';
import { NoTokenError } from '../authorization-server/errors.js';
import type { IssuedToken } from '../authorization-server/issued-token.js';
import { TokenClientRegistry } from './token-client.registry.js';
import { TOKEN_CLIENT_REGISTRY } from './token-client.tokens.js';
import type { GetTokenOptions } from './calls/token-source.js';
import { ExchangedTokens } from './cache/exchanged-tokens.js';
import { warnInProduction } from './production-warnings.js';
import { RequestContext } from '../user-tokens/request-context.js';
import { MemoryUserTokenStore } from '../user-tokens/memory-user-token.store.js';
import type { Revocation, RevokeOptions } from '../user-tokens/revocation.js';
import { SignOut } from '../user-tokens/sign-out.js';
import { sessionOf, type UserSession } from '../user-tokens/user-session.js';
import {
  SealedReferences,
  type OpenReferenceOptions,
  type SealReferenceOptions,
} from '../user-tokens/sealed-references.js';
import { noUser, NO_CLIENT } from '../user-tokens/no-user.js';
import { UserAccessor } from '../user-tokens/user-accessor.js';
import { identityIn, sameIdentity } from '../user-tokens/user-identity.js';
import { referenceOf } from '../user-tokens/user-reference.js';
import { recordOf, type UserTokenSet } from '../user-tokens/user-token-set.js';
import { sourceOf } from './sources/source-of.js';
import type { UserSources } from './sources/user-sources.js';
import { userTokenOf } from './sources/user.source.js';
import { userTokenEngine } from './user-token-engine.js';
import type { UserTokenWriter } from '../user-tokens/user-token-writer.js';
import type { UserTokens } from '../user-tokens/user-tokens.js';

/**
 * Keeps the tokens of users, and gets and refreshes them for calls in their name. The user is the one of
 * `runAs`, else whoever sent the access token that `JwtAuthModule` has verified, else whoever is signed in to
 * the web session; learnt anew for each call, and never kept by a client.
 */
@Injectable()
export class UserTokenService implements OnModuleInit, OnApplicationShutdown {
  readonly #registry: TokenClientRegistry;
  readonly #clientTokens: ClientTokenService;
  readonly #writer: UserTokenWriter;
  readonly #tokens: UserTokens;
  readonly #exchanged: ExchangedTokens;
  readonly #users: UserAccessor;
  readonly #from: UserSources;
  readonly #references: SealedReferences;
  readonly #signOut: SignOut;
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
    const store = registry.userTokenStore ?? new MemoryUserTokenStore();
    const { writer, tokens } = userTokenEngine(store, registry, this.#logger);
    this.#writer = writer;
    this.#tokens = tokens;
    const { endpoint, observer, replicas } = registry;
    const { application, sealer } = replicas;
    this.#users = new UserAccessor(context, store, application);
    this.#signOut = new SignOut(this.#users, writer, registry, this.#logger);
    this.#references = new SealedReferences(sealer, application, clock);
    this.#exchanged = new ExchangedTokens(endpoint, clock, observer, maxCachedTokens);
    const [exchanged, users] = [this.#exchanged, this.#users];
    this.#from = { application: clientTokens, exchanged, registry, tokens, users };
    replicas.onInvalidated((name) => this.#exchanged.forgetAllOf(name));
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

  /**
   * In whose name work is done at the moment: of the innermost `runAs`, else of the request under way, as far as this
   * application has verified its token or knows its session. Nobody where the token is not surely that of a user. Can be
   * given to `runAs` later; for a queue, see {@link sealReference}.
   */
  currentUser(): UserReference | undefined {
    return this.#users.current();
  }

  /**
   * Makes a text of a user that can pass through other hands, such as a queue: nobody else can make one, change it, read it,
   * or use it for another purpose, in another application, or after it has expired. Whoever can read the queue can still put
   * a copy of it into another job of the same purpose: where that matters, let the purpose name the job.
   *
   * @throws {NoUserError} there is no user
   * @throws {ConfigurationError} there are no `encryptionKeys`
   * @throws {TypeError} the options make no sense
   */
  sealReference(options: SealReferenceOptions): string {
    const user = this.#users.named(options.user, 'sealReference');
    if (!user) throw noUser(NO_CLIENT, this.#users.incoming());
    return this.#references.seal(user, options);
  }

  /**
   * The user that a sealed reference stands for, to be given to `runAs`.
   *
   * @param text what {@link sealReference} made, in any replica of this application
   * @throws {UserReferenceError} it is not believed: `fault` says why
   * @throws {ConfigurationError} there are no `encryptionKeys`
   */
  openReference(text: string, options: OpenReferenceOptions): UserReference {
    return this.#references.open(text, options);
  }

  /**
   * The token that calls of a named client carry at the moment; without a name, the token as it came
   * with the sign-in.
   *
   * @throws {NoUserError} nobody is signed in, or the token of the request is not surely that of a user
   * @throws {UserReferenceError} the user is named otherwise than the tokens that are kept for them
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
        ? sourceOf(this.#registry.get(name), this.#from).getToken(options)
        : userTokenOf(this.#from, options);
      return await abortable(found, options.signal);
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
   * @throws {UserReferenceError} tokens of another user are kept there; `clear` them first
   * @throws {UserTokenStoreError} the store failed
   */
  async store(tokens: UserTokenSet, user?: UserReference | string): Promise<UserReference> {
    const identity = identityIn(tokens.idToken);
    const record = recordOf(tokens, identity, this.#registry.settings.clock.now());
    const reference =
      user === undefined
        ? this.#users.owner(identity)
        : referenceOf(user, 'UserTokenService.store');
    const who = sameIdentity(reference, identity);
    await this.#tokens.put(reference, { ...record, ...who });
    return reference;
  }

  /**
   * What is known about the current user and the tokens kept for them. Nothing of it is secret.
   *
   * @throws {UserReferenceError} the user is named otherwise than the tokens that are kept for them
   * @throws {UserTokenStoreError} the store failed
   */
  async session(user?: UserReference | string): Promise<UserSession | undefined> {
    const reference = this.#users.named(user, 'session');
    const record = reference && (await this.#writer.readOf(reference));
    return record && sessionOf(record);
  }

  /** @internal The ID token of the current user, which goes back to the server that gave it when the user signs out. */
  async idToken(): Promise<string | undefined> {
    const reference = this.currentUser();
    return reference && (await this.#writer.readOf(reference))?.idToken;
  }

  /**
   * Forgets the access tokens that calls of a named client carry, so that the next call gets a new one: the one of the
   * current user, where the client sends that; those of all users that were exchanged for it; and the application's own.
   * Refresh tokens stay, and access tokens stay valid until they end: this is not a revocation. Replicas that share the
   * tokens do so within a second.
   *
   * @throws {UserReferenceError} the user is named otherwise than the tokens that are kept for them
   * @throws {UserTokenStoreError} the store failed
   * @throws {UnknownTokenClientError} there is no client of that name
   */
  async invalidate(name: string): Promise<void> {
    const client = this.#registry.get(name);
    const user = client.kind === 'user' ? this.currentUser() : undefined;
    if (user) {
      const request = await buildUserTokenRequest(client, this.#registry.userTemplate, {});
      await this.#tokens.forget(user, request);
    }
    this.#exchanged.forgetAllOf(name);
    await this.#clientTokens.invalidate(name);
  }

  /**
   * Forgets the tokens of the user, and revokes them at the authorization server (RFC 7009). What cannot be
   * revoked is logged and told in the result; signing out goes on.
   *
   * @throws {UserReferenceError} the user is named otherwise than the tokens that are kept for them
   * @throws {UserTokenStoreError} the store failed
   */
  async revoke(options: RevokeOptions = {}): Promise<Revocation> {
    return this.#signOut.revoke(this.#users.named(options.user, 'revoke'), options);
  }

  /**
   * Forgets the tokens of the user here. They stay valid until they end: this is not a revocation.
   *
   * @throws {UserReferenceError} the user is named otherwise than the tokens that are kept for them
   * @throws {UserTokenStoreError} the store failed
   */
  async clear(user?: UserReference | string): Promise<void> {
    const reference = this.#users.named(user, 'clear');
    if (reference) await this.#signOut.clear(reference);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#registry.end();
    this.#exchanged.clear();
  }
}
