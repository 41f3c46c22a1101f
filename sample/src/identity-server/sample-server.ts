import { apis, clients } from './identity-server.config.js';
import { startIdentityServer, type IdentityServer } from './identity-server.js';
import { loadSigningKey } from './signing-key.store.js';

/** The identity server with the APIs and clients of the sample, and the key of its last start. */
export async function startSampleServer(port: number, dataFolder: string): Promise<IdentityServer> {
  const key = await loadSigningKey(dataFolder);
  return startIdentityServer({ port, jwks: { keys: [key] }, apis, clients });
}
