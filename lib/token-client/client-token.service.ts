import {
  Inject,
  Injectable,
  type InjectionToken,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ConfigurationError } from '../common/configuration.error.js';
import { untilAborted } from '../common/until-aborted.js';
import { BoundedWork } from './acquisition/bounded-work.js';
import { ProvidedTokens } from './acquisition/provided-tokens.js';
import { Tenants } from './acquisition/tenants.js';
import { TokenCache } from './acquisition/token-cache.js';
import { TokenEndpoint } from './acquisition/token-endpoint.js';
import {
  checked,
  overlaid,
  tokenRequestOf,
  type KeyedRequest,
} from './acquisition/token-request.factory.js';
import type { ResolvedClient } from './config/resolved-client.js';
import { NoTokenError, ScopeNotGrantedError } from './errors.js';
import type { IssuedToken } from './issued-token.js';
import type { TokenObserver } from './observability/token-observer.js';
import { TokenClientRegistry } from './token-client.registry.js';
import { TOKEN_CLIENT_REGISTRY } from './token-client.tokens.js';
import type { TokenRequestContext } from './token-request.context.js';
import type { TokenProvider } from './token-provider.js';
import type { GetTokenOptions } from './token-source.js';

/**
 * Gets the tokens of this application itself (client credentials grant, RFC 6749 section 4.4), keeps
 * them in memory and renews them before they end. Named clients ask here; ask yourself where a token has
 * to travel by other means than Axios.
 *
 * Named clients whose token would be the same in every respect share it.
 */
@Injectable()
export class ClientTokenService implements OnModuleInit, OnApplicationShutdown {
  readonly #registry: TokenClientRegistry;
  readonly #modules: ModuleRef;
  readonly #observer: TokenObserver;
  readonly #work = new BoundedWork();
  readonly #endpoint: TokenEndpoint;
  readonly #cache: TokenCache;
  readonly #tenants: Tenants;
  readonly #provided: ProvidedTokens;
  readonly #narrower = new Map<string, string>();

  /** @internal */
  constructor(@Inject(TOKEN_CLIENT_REGISTRY) registry: TokenClientRegistry, modules: ModuleRef) {
    const { clock, backchannel } = registry.settings;
    this.#registry = registry;
    this.#modules = modules;
    this.#observer = registry.observer;
    this.#endpoint = new TokenEndpoint(registry.settings, this.#work);
    this.#cache = new TokenCache(clock, registry.observer);
    this.#tenants = new Tenants(this.#work, backchannel.timeoutMs);
    this.#provided = new ProvidedTokens(this.#cache, clock);
  }

  /** @throws {ConfigurationError} where a client has a `provider` that nobody provides */
  onModuleInit(): void {
    const faults = this.#registry.clients
      .filter(({ provider }) => provider !== undefined && !this.provides(provider))
      .map(
        ({ name }) =>
          `clients.${name}.provider: is not provided by any module of the application. Add it to the providers of one.`,
      );
    if (faults.length > 0) throw new ConfigurationError('TokenClientModule', faults);
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
   * they end: this is not a revocation.
   *
   * @throws {UnknownTokenClientError} there is no client of that name
   */
  async invalidate(name: string): Promise<void> {
    const client = this.#registry.get(name);
    if (client.standard) this.#cache.forget(client.standard.key);
    this.#cache.forgetAllOf(name);
  }

  /**
   * Forgets what `resolveClient` said about a tenant, and the tokens of that tenant.
   *
   * @throws {UnknownTokenClientError} there is no client of that name
   */
  async evictTenant(name: string, tenant: string): Promise<void> {
    this.#registry.get(name);
    this.#tenants.forget(name, tenant);
    this.#cache.forgetAllOf(name, tenant);
  }

  /**
   * Gives up token requests under way and forgets all tokens. Late, and not with `onModuleDestroy`: Nest
   * lets the requests under way finish in between, and they may still need a token.
   */
  onApplicationShutdown(): void {
    this.#work.end();
    this.#cache.clear();
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
      const provider = this.#modules.get(client.provider, { strict: false });
      const wish = { ...context, force: force || rejected !== undefined, rejected, signal };
      return this.#provided.getToken(provider, wish);
    }
    const template = client.template ?? (await this.#tenants.template(client, context));
    const wanted = checked(client.name, overlaid(template.parameters, options));
    const parameters = client.customize
      ? checked(client.name, await client.customize(context, wanted))
      : wanted;
    return this.cached(client, tokenRequestOf(template, parameters), options);
  }

  private provides(provider: InjectionToken<TokenProvider>): boolean {
    try {
      return this.#modules.get(provider, { strict: false }) !== undefined;
    } catch {
      return false;
    }
  }

  private cached(
    { name }: ResolvedClient,
    { key, request }: KeyedRequest,
    { force, rejected }: GetTokenOptions,
  ): IssuedToken | Promise<IssuedToken> {
    const fetch = () => this.#endpoint.request(request, name);
    return this.#cache.get(key, { client: name, tenant: request.tenant, fetch, force, rejected });
  }

  private narrower({ name, onNarrowerScope }: ResolvedClient, token: IssuedToken): IssuedToken {
    const { missingScopes } = token;
    if (onNarrowerScope === 'error') throw new ScopeNotGrantedError(name, missingScopes);
    const missing = missingScopes.join(' ');
    // Once, and again when others are missing.
    if (onNarrowerScope === 'warn' && this.#narrower.get(name) !== missing) {
      this.#narrower.set(name, missing);
      this.#observer.scopeNotGranted(name, missingScopes);
    }
    return token;
  }
}

function changesRequest(options: GetTokenOptions): boolean {
  const { scope, resource, audience, parameters } = options;
  return (scope ?? resource ?? audience ?? parameters) !== undefined;
}

function contextOf(client: ResolvedClient, { call, tenant }: GetTokenOptions): TokenRequestContext {
  const { method, url, headers = {} } = call ?? {};
  const context = { client: client.name, tenant, method, url, headers };
  return tenant === undefined && client.tenant
    ? { ...context, tenant: client.tenant(context) }
    : context;
}
