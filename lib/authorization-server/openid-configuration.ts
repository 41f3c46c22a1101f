import { allowInsecureRequests, Configuration, type ClientAuth } from 'openid-client';
import type { TokenEndpointLocation } from './token-endpoint-discovery.js';

/** Made for each attempt, as the credentials may be others each time. */
export function configure(
  { issuer, endpoint, revocationEndpoint, authenticationMethods }: TokenEndpointLocation,
  clientId: string,
  authenticate: ClientAuth,
): Configuration {
  const server = {
    issuer,
    token_endpoint: endpoint,
    ...(revocationEndpoint && { revocation_endpoint: revocationEndpoint }),
    ...(authenticationMethods && {
      token_endpoint_auth_methods_supported: [...authenticationMethods],
    }),
  };
  const configuration = new Configuration(server, clientId, undefined, authenticate);
  // The time limit is ours, over more than the request.
  configuration.timeout = 0;
  // Whether plain http is fine for this host is decided by our fetch.
  if (new URL(endpoint).protocol === 'http:') allowInsecureRequests(configuration);
  return configuration;
}
