import type { TokenEndpoint } from '../../authorization-server/token-endpoint.js';
import type { KeyedRequest } from '../../authorization-server/token-request.factory.js';
import { ScopeNotGrantedError } from '../../authorization-server/errors.js';
import type { IssuedToken } from '../../authorization-server/issued-token.js';
import type { SpanContext } from '../../authorization-server/span-context.js';
import { abortable } from '../../common/abortable.js';
import type { TokenObserver } from '../../observability/token-observer.js';
import type { ProvidedTokens } from '../cache/provider-tokens.js';
import type { Tenants } from '../cache/tenants.js';
import type { TokenCache } from '../cache/token-cache.js';
import { buildTokenRequest, contextOf } from '../cache/token-request-plan.js';
import type { GetTokenOptions, TokenSource } from '../calls/token-source.js';
import type { ResolvedClient } from '../options/resolved-client.js';
import type { ProviderClasses } from '../provider-classes.js';
import type { TokenClientRegistry } from '../token-client.registry.js';

/** What the tokens of all clients have in common. */
export interface ClientTokens {
  readonly cache: TokenCache;
  readonly endpoint: TokenEndpoint;
  readonly observer: TokenObserver;
  readonly provided: ProvidedTokens;
  readonly providers: ProviderClasses;
  readonly registry: Pick<TokenClientRegistry, 'replicas' | 'shareOf'>;
  readonly tenants: Tenants;
}

/** `token: 'client'`: the token of the application itself (RFC 6749 section 4.4), or of a provider in its place. */
export class ClientSource implements TokenSource {
  constructor(
    private readonly client: ResolvedClient,
    private readonly tokens: ClientTokens,
  ) {}

  async getToken(options: GetTokenOptions): Promise<IssuedToken> {
    const fresh = this.fresh(options);
    if (fresh) return fresh;
    const { signal } = options;
    signal?.throwIfAborted();
    const found = this.find(options);
    const token = found instanceof Promise ? await abortable(found, signal) : found;
    return token.missingScopes.length > 0 ? this.narrower(token) : token;
  }

  /** What nearly every call needs, without anything that only the others need. */
  private fresh(options: GetTokenOptions): IssuedToken | undefined {
    const { standard, customize, name } = this.client;
    const plain = standard && !customize && !options.force && !options.rejected;
    if (!plain || options.signal?.aborted || changesRequest(options)) return undefined;
    const token = this.tokens.cache.fresh(standard.key, name);
    return token && token.missingScopes.length === 0 ? token : undefined;
  }

  private find(options: GetTokenOptions): IssuedToken | Promise<IssuedToken> {
    const { standard, customize } = this.client;
    return standard && !customize && !changesRequest(options)
      ? this.cached(standard, options)
      : this.findSpecial(options);
  }

  /** For a call, a tenant or a provider that makes a difference. */
  private async findSpecial(options: GetTokenOptions): Promise<IssuedToken> {
    const { client, tokens } = this;
    const context = contextOf(client, options);
    if (client.provider !== undefined) {
      const { force = false, rejected, signal } = options;
      const provider = tokens.providers.of(client.provider);
      const lookup = { ...context, force: force || rejected !== undefined, rejected, signal };
      return tokens.provided.getToken(provider, lookup);
    }
    const template = client.template ?? (await tokens.tenants.template(client, context));
    return this.cached(await buildTokenRequest(client, template, context, options), options);
  }

  private cached(
    { key, request }: KeyedRequest,
    { force, rejected }: GetTokenOptions,
  ): IssuedToken | Promise<IssuedToken> {
    const { name } = this.client;
    const { cache, endpoint, registry } = this.tokens;
    const { tenant } = request;
    const { type: grant } = request.grant;
    const fetch = (within: SpanContext) => endpoint.request(request, name, within);
    const paused = () => endpoint.paused(request);
    const share = registry.shareOf(name, { key, request });
    const lookup = { client: name, tenant, grant, fetch, share, paused, force, rejected };
    return cache.get(registry.replicas.placeOf(this.client, key), lookup);
  }

  private narrower(token: IssuedToken): IssuedToken {
    const { name, onNarrowerScope } = this.client;
    const { missingScopes } = token;
    if (onNarrowerScope === 'error') throw new ScopeNotGrantedError(name, missingScopes);
    if (onNarrowerScope === 'warn') this.tokens.observer.scopeNotGranted(name, missingScopes);
    return token;
  }
}

function changesRequest(options: GetTokenOptions): boolean {
  const { scope, resource, audience, parameters } = options;
  return (scope ?? resource ?? audience ?? parameters) !== undefined;
}
