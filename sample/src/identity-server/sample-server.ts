import { environment } from '../common/environment.js';
import { apis, clients, users, webClient } from './identity-server.config.js';
import { startIdentityServer, type IdentityServer } from './identity-server.js';
import { loadSigningKey } from './signing-key.store.js';

/** The identity server with the APIs, clients and users of the sample, and the key of its last start. */
export async function startSampleServer(
  port: number,
  dataFolder: string,
  // Short, so that the web application can be watched while it renews a token.
  userAccessTokenTtlSeconds = 75,
): Promise<IdentityServer> {
  const key = await loadSigningKey(dataFolder);
  return startIdentityServer({
    port,
    jwks: { keys: [key] },
    apis,
    clients: [...clients, webClient(environment.webUrl())],
    users,
    userAccessTokenTtlSeconds,
  });
}
