// oxlint-disable-next-line import/no-unassigned-import -- runs before oidc-provider is loaded
import './runtime-notice.js';
import {
  Provider,
  type AllClientMetadata,
  type Configuration,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import { memoryAdapter } from './memory.adapter.js';
import { resourceIndicators } from './resource-indicators.js';
import type { SigningKey } from './signing-key.js';

/** An API that tokens are issued for: `identifier` becomes the audience of its tokens. */
export interface Api {
  identifier: string;
  scopes: readonly string[];
}

/** A client as RFC 7591 describes it; what all clients have in common is filled in. */
export type ClientRegistration = AllClientMetadata & { client_id: string };

export interface ProviderOptions {
  issuer: string;
  /** The private signing keys: the first one signs, the public half of all is published. */
  jwks: { keys: [SigningKey, ...SigningKey[]] };
  apis: readonly Api[];
  clients: readonly ClientRegistration[];
  /** Lifetime of an access token. Default: 3600 */
  accessTokenTtlSeconds?: number;
  /** More settings of oidc-provider, merged over ours. */
  configuration?: Configuration;
}

/** An authorization server that knows one thing: JWT access tokens by client credentials. */
export function createProvider(options: ProviderOptions): Provider {
  const { issuer, jwks, apis, clients, accessTokenTtlSeconds = 3600, configuration } = options;
  const { alg } = jwks.keys[0];
  return new Provider(issuer, {
    jwks: structuredClone(jwks),
    clients: clients.map((client) => ({ ...client })),
    clientDefaults: {
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: alg,
    },
    // Naming the scopes makes `scope` of a client a limit: asking for another one is `invalid_scope`.
    scopes: apis.flatMap((api) => api.scopes),
    // No user signs in here, so there is nothing to answer at the authorization endpoint.
    responseTypes: [],
    adapter: memoryAdapter(),
    ttl: { ClientCredentials: accessTokenTtlSeconds },
    clientBasedCORS: () => false,
    renderError: renderErrorAsJson,
    ...configuration,
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: resourceIndicators(apis, alg),
      ...configuration?.features,
    },
  });
}

/** There are no pages here for a browser, so an error is JSON whatever the caller says he accepts. */
function renderErrorAsJson(ctx: KoaContextWithOIDC, error: object): void {
  ctx.type = 'application/json';
  ctx.body = error;
}
