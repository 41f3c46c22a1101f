import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ConfigurationError } from '../common/configuration.error.js';
import type { TokenState } from './cache/cached-token.js';
import { ProviderClasses } from './provider-classes.js';
import { ProvidedTokens } from './cache/provider-tokens.js';
import { Tenants } from './cache/tenants.js';
import { TokenCache } from './cache/token-cache.js';
import type { TokenEndpoint } from '../authorization-server/token-endpoint.js';
import { tokenRequestOf } from '../authorization-server/token-request.factory.js';
import { NoTokenError } from '../authorization-server/errors.js';
import type { IssuedToken } from '../authorization-server/issued-token.js';
import { Explainer } from './diagnostics/explainer.js';
import type { TokenExplanation } from './diagnostics/token-explanation.js';
import { TokenClientRegistry } from './token-client.registry.js';
import { TOKEN_CLIENT_REGISTRY } from './token-client.tokens.js';
import type { GetTokenOptions } from './calls/token-source.js';
import { ClientSource, type ClientTokens } from './sources/client.source.js';
import { warmUp } from './warm-up.js';

/**
 * Gets the tokens of this application itself (client credentials grant, RFC 6749 section 4.4), keeps
 * them in memory and renews them before they end. Named clients ask here; ask yourself where a token has
 * to travel by other means than Axios.
 *
 * Named clients whose token would be the same in every respect share it.
 */
@Injectable()
export class ClientTokenService
  implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown
{
  readonly #registry: TokenClientRegistry;
  readonly #providers: ProviderClasses;
  readonly #endpoint: TokenEndpoint;
  readonly #cache: TokenCache;
  readonly #tenants: Tenants;
  readonly #tokens: ClientTokens;
  /** By the names of clients. */
  readonly #sources = new Map<string, ClientSource>();
  readonly #explainer: Explainer;

  /** @internal */
  constructor(@Inject(TOKEN_CLIENT_REGISTRY) registry: TokenClientRegistry, modules: ModuleRef) {
    const { clock, backchannel } = registry.settings;
    this.#registry = registry;
    this.#providers = new ProviderClasses(modules);
    this.#endpoint = registry.endpoint;
    this.#cache = new TokenCache(clock, registry.observer, registry.settings.maxCachedTokens);
    this.#tenants = new Tenants(registry.work, backchannel.timeoutMs);
    const provided = new ProvidedTokens(this.#cache, clock, registry.work, backchannel.timeoutMs);
    this.#tokens = {
      cache: this.#cache,
      endpoint: this.#endpoint,
      observer: registry.observer,
      provided,
      providers: this.#providers,
      registry,
      tenants: this.#tenants,
    };
    registry.replicas.onInvalidated((name) => {
      this.#tenants.forgetAllOf(name);
      this.forgetAllOf(name);
    });
    this.#explainer = new Explainer({
      clock,
      cache: this.#cache,
      endpoint: this.#endpoint,
      tenants: this.#tenants,
      provided,
      replicas: registry.replicas,
      providerOf: ({ provider }) =>
        provider === undefined ? undefined : this.#providers.of(provider),
    });
  }

  /** @throws {ConfigurationError} where a client has a `provider` that nobody provides */
  onModuleInit(): void {
    const faults = this.#providers.faultsOf(this.#registry.clients);
    if (faults.length > 0) throw new ConfigurationError('TokenClientModule', faults);
    this.#registry.replicas.open(this.#registry.clients);
  }

  /** @throws {ConfigurationError} with `warmUp: 'eager'`, when a client gets no token: the start fails */
  async onApplicationBootstrap(): Promise<void> {
    if (!this.#registry.warmsUp) return;
    await warmUp(this.#registry.clients, (name) => this.getToken(name));
  }

  /**
   * The token that calls of a named client carry.
   *
   * @param name the name of the client in the options of `TokenClientModule`
   * @throws {TokenRequestError} the authorization server refuses
   * @throws {TokenEndpointUnavailableError} the authorization server cannot be asked
   * @throws {ClientSecretUnavailableError} the credentials cannot be read
   * @throws {ScopeNotGrantedError} scopes are missing, and `onNarrowerScope` is `'error'`
   * @throws {TenantUnresolvedError} a client with `resolveClient` has no tenant, or does not know it
   * @throws {InvalidTokenOptionsError} what is asked for makes no sense
   * @throws {UnknownTokenClientError} there is no client of that name
   */
  async getToken(name: string, options: GetTokenOptions = {}): Promise<IssuedToken> {
    try {
      return await this.sourceOf(name).getToken(options);
    } catch (error) {
      throw error instanceof NoTokenError ? error.forClient(name) : error;
    }
  }

  /**
   * Forgets all tokens of a named client, so that the next call asks for a new one. They stay valid until
   * they end: this is not a revocation. Replicas with the same `tokenCache` do so within a second.
   *
   * @throws {UnknownTokenClientError} there is no client of that name
   */
  async invalidate(name: string): Promise<void> {
    this.#registry.get(name);
    this.forgetAllOf(name);
    await this.#registry.replicas.invalidate(name);
  }

  /**
   * Forgets what `resolveClient` said about a tenant, and the tokens of that tenant. Replicas with the same `tokenCache`
   * do so within a second, for all tenants of the client.
   *
   * @throws {UnknownTokenClientError} there is no client of that name
   */
  async evictTenant(name: string, tenant: string): Promise<void> {
    this.#registry.get(name);
    const template = this.#tenants.known(name, tenant);
    if (template) this.#endpoint.forget(tokenRequestOf(template).request);
    this.#tenants.forget(name, tenant);
    this.#cache.forgetAllOf(name, tenant);
    await this.#registry.replicas.invalidate(name);
  }

  /**
   * What would be sent for a named client, and why: what is asked for and where, how things stand with
   * the token, and what the next call will do. Asks nobody and changes nothing; only
   * `customizeTokenRequest`, `tenant` and the `cacheKey` of a provider are run, as they decide which token
   * it is about.
   *
   * @param options as for {@link getToken}: a call that wants something else has another token
   * @throws {UnknownTokenClientError} there is no client of that name
   */
  async explain(name: string, options: GetTokenOptions = {}): Promise<TokenExplanation> {
    return this.#explainer.explain(this.#registry.get(name), options);
  }

  /** @internal How things stand with the tokens of a named client: the one of plain calls, or all. */
  statesOf(name: string): TokenState[] {
    const { standard, customize } = this.#registry.get(name);
    if (!standard || customize) return this.#cache.statesOf(name);
    const state = this.#cache.state(standard.key);
    return state ? [state] : [];
  }

  /**
   * Gives up token requests under way, but for refreshes, and forgets all tokens. Late, and not with `onModuleDestroy`: Nest
   * lets the requests under way finish in between, and they may still need a token.
   */
  async onApplicationShutdown(): Promise<void> {
    await this.#registry.end();
    this.#cache.clear();
  }

  private forgetAllOf(name: string): void {
    const { standard } = this.#registry.get(name);
    if (standard) {
      this.#cache.forget(standard.key);
      this.#endpoint.resume(standard.request);
    }
    this.#cache.forgetAllOf(name);
  }

  private sourceOf(name: string): ClientSource {
    const known = this.#sources.get(name);
    if (known) return known;
    const source = new ClientSource(this.#registry.get(name), this.#tokens);
    this.#sources.set(name, source);
    return source;
  }
}
