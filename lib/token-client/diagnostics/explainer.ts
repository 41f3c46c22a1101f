import { AccessTokenError } from '../../common/access-token.error.js';
import type { Clock } from '../../common/clock.js';
import { kindOfError } from '../../common/kind-of-error.js';
import { contextOf, buildTokenRequest } from '../cache/token-request-plan.js';
import type { ProvidedTokens } from '../cache/provider-tokens.js';
import type { Tenants } from '../cache/tenants.js';
import type { TokenCache } from '../cache/token-cache.js';
import type { TokenEndpoint } from '../../authorization-server/token-endpoint.js';
import type { ResolvedClient } from '../options/resolved-client.js';
import { TenantUnresolvedError } from '../calls/call.errors.js';
import type { Replicas } from '../cache/replicas.js';
import type { TokenProvider } from '../token-provider.js';
import type { TokenRequestContext } from '../options/token-request.context.js';
import type { GetTokenOptions } from '../calls/token-source.js';
import { explain } from './explain.js';
import type { ExplanationInput } from './explanation-input.js';
import type { TokenExplanation } from './token-explanation.js';

/** Where an explanation gets its input. */
export interface ExplanationSources {
  readonly clock: Clock;
  readonly cache: TokenCache;
  readonly endpoint: TokenEndpoint;
  readonly tenants: Tenants;
  readonly provided: ProvidedTokens;
  readonly replicas: Replicas;
  readonly providerOf: (client: ResolvedClient) => TokenProvider | undefined;
}

type Found = Partial<
  Pick<ExplanationInput, 'tenant' | 'request' | 'state' | 'paused' | 'tokenCache' | 'unkept'>
>;

/** Finds out what the next call of a client would do, without doing any of it. */
export class Explainer {
  constructor(private readonly sources: ExplanationSources) {}

  async explain(client: ResolvedClient, options: GetTokenOptions): Promise<TokenExplanation> {
    const now = this.sources.clock.now();
    const input: ExplanationInput = {
      client,
      now,
      tenant: undefined,
      request: undefined,
      state: undefined,
      paused: undefined,
      fault: undefined,
      tokenCache: undefined,
      unkept: false,
    };
    try {
      return explain({ ...input, ...(await this.find(client, options)) });
    } catch (error) {
      return explain({ ...input, fault: faultOf(error) });
    }
  }

  private async find(client: ResolvedClient, options: GetTokenOptions): Promise<Found> {
    // Nothing is asked for.
    if (client.kind === 'forward') return {};
    const { cache, endpoint, tenants, replicas } = this.sources;
    const context = contextOf(client, options);
    const { tenant } = context;
    const provider = this.sources.providerOf(client);
    if (provider) return this.provided(provider, context);
    const template = client.template ?? (tenant ? tenants.known(client.name, tenant) : undefined);
    if (!template && !tenant) throw new TenantUnresolvedError(client.name, tenant, 'no tenant');
    if (!template) return { tenant };
    const { key, request } = await buildTokenRequest(client, template, context, options);
    // What is kept for the application itself says nothing about users.
    if (client.kind !== 'client') return { tenant: request.tenant, request };
    return {
      tenant: request.tenant,
      request,
      state: cache.state(replicas.placeOf(client, key)),
      paused: endpoint.paused(request),
      tokenCache: replicas.cacheStateOf(request),
    };
  }

  private provided(provider: TokenProvider, context: TokenRequestContext): Found {
    const lookup = { ...context, force: false };
    const state = this.sources.provided.state(provider, lookup);
    return { state, unkept: provider.cacheKey?.(lookup) === undefined };
  }
}

/** Not what the functions of the application throw, which may hold what must not be seen. */
function faultOf(error: unknown): string {
  if (error instanceof TenantUnresolvedError) return 'it names no tenant.';
  if (error instanceof AccessTokenError) return error.message;
  return `a function among the options threw ${kindOfError(error)}.`;
}
