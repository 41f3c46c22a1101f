import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ConfigurationError } from '../common/configuration.error.js';
import { untilAborted } from '../common/until-aborted.js';
import type { TokenState } from './acquisition/cached-token.js';
import { contextOf, plannedRequest } from './acquisition/planned-request.js';
import { ProviderClasses } from './acquisition/provider-classes.js';
import { ProvidedTokens } from './acquisition/provided-tokens.js';
import { Tenants } from './acquisition/tenants.js';
import { TokenCache } from './acquisition/token-cache.js';
import type { TokenEndpoint } from './acquisition/token-endpoint.js';
import { tokenRequestOf, type KeyedRequest } from './acquisition/token-request.factory.js';
import type { ResolvedClient } from './config/resolved-client.js';
import { NoTokenError, ScopeNotGrantedError } from './errors.js';
import type { IssuedToken } from './issued-token.js';
import { Explainer } from './observability/explainer.js';
import type { Within } from './observability/telemetry.js';
import type { TokenObserver } from './observability/token-observer.js';
import type { TokenExplanation } from './observability/token-explanation.js';
import { TokenClientRegistry } from './token-client.registry.js';
import { TOKEN_CLIENT_REGISTRY } from './token-client.tokens.js';
import type { GetTokenOptions } from './token-source.js';
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
  readonly #observer: TokenObserver;
  readonly #endpoint: TokenEndpoint;
  readonly #cache: TokenCache;
  readonly #tenants: Tenants;
  readonly #provided: ProvidedTokens;
  readonly #explainer: Explainer;

  /** @internal */
  constructor(@Inject(TOKEN_CLIENT_REGISTRY) registry: TokenClientRegistry, modules: ModuleRef) {
    const { clock, backchannel } = registry.settings;
    this.#registry = registry;
    this.#providers = new ProviderClasses(modules);
    this.#observer = registry.observer;
    this.#endpoint = registry.endpoint;
    this.#cache = new TokenCache(clock, registry.observer, registry.settings.maxCachedTokens);
    this.#tenants = new Tenants(registry.work, backchannel.timeoutMs);
    this.#provided = new ProvidedTokens(this.#cache, clock, registry.work, backchannel.timeoutMs);
    registry.replicas.onInvalidated((name) => {
      this.#tenants.forgetAllOf(name);
      this.forgetAllOf(name);
    });
    this.#explainer = new Explainer({
      clock,
      cache: this.#cache,
      endpoint: this.#endpoint,
      tenants: this.#tenants,
      provided: this.#provided,
      replicas: registry.replicas,
      providerOf: ({ provider }) =>
        provider === undefined ? undefined : this.#providers.of(provider),
    });
  }

  /** @throws {ConfigurationError} where a client has a `provider` that nobody provides */
  async onModuleInit(): Promise<void> {
    const faults = this.#providers.faultsOf(this.#registry.clients);
    if (faults.length > 0) throw new ConfigurationError('TokenClientModule', faults);
    await this.#registry.open();
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
    const client = this.#registry.get(name);
    const fresh = this.fresh(client, options);
    if (fresh) return fresh;
    const { signal } = options;
    signal?.throwIfAborted();
    try {
      const found = this.find(client, options);
      const token = found instanceof Promise ? await untilAborted(found, signal) : found;
      return token.missingScopes.length > 0 ? this.narrower(client, token) : token;
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

  /** What nearly every call needs, without anything that only the others need. */
  private fresh(client: ResolvedClient, options: GetTokenOptions): IssuedToken | undefined {
    const { standard, customize, name } = client;
    const plain = standard && !customize && !options.force && !options.rejected;
    if (!plain || options.signal?.aborted || changesRequest(options)) return undefined;
    const token = this.#cache.fresh(standard.key, name);
    return token && token.missingScopes.length === 0 ? token : undefined;
  }

  private find(
    client: ResolvedClient,
    options: GetTokenOptions,
  ): IssuedToken | Promise<IssuedToken> {
    const { standard, customize } = client;
    return standard && !customize && !changesRequest(options)
      ? this.cached(client, standard, options)
      : this.findSpecial(client, options);
  }

  /** For a call, a tenant or a provider that makes a difference. */
  private async findSpecial(
    client: ResolvedClient,
    options: GetTokenOptions,
  ): Promise<IssuedToken> {
    const context = contextOf(client, options);
    if (client.provider !== undefined) {
      const { force = false, rejected, signal } = options;
      const provider = this.#providers.of(client.provider);
      const wish = { ...context, force: force || rejected !== undefined, rejected, signal };
      return this.#provided.getToken(provider, wish);
    }
    const template = client.template ?? (await this.#tenants.template(client, context));
    return this.cached(client, await plannedRequest(client, template, context, options), options);
  }

  private cached(
    client: ResolvedClient,
    { key, request }: KeyedRequest,
    { force, rejected }: GetTokenOptions,
  ): IssuedToken | Promise<IssuedToken> {
    const { name } = client;
    const { tenant } = request;
    const { type: grant } = request.grant;
    const fetch = (within: Within) => this.#endpoint.request(request, name, within);
    const paused = () => this.#endpoint.paused(request);
    const share = this.#registry.shareOf(name, { key, request });
    const wish = { client: name, tenant, grant, fetch, share, paused, force, rejected };
    return this.#cache.get(this.#registry.replicas.placeOf(client, key), wish);
  }

  private narrower({ name, onNarrowerScope }: ResolvedClient, token: IssuedToken): IssuedToken {
    const { missingScopes } = token;
    if (onNarrowerScope === 'error') throw new ScopeNotGrantedError(name, missingScopes);
    if (onNarrowerScope === 'warn') this.#observer.scopeNotGranted(name, missingScopes);
    return token;
  }
}

function changesRequest(options: GetTokenOptions): boolean {
  const { scope, resource, audience, parameters } = options;
  return (scope ?? resource ?? audience ?? parameters) !== undefined;
}
