import { createServer, type Server } from 'node:http';
import { createProvider } from './provider.factory.js';
import type { ProviderOptions } from './provider.options.js';
import { TrafficRecorder } from './traffic.recorder.js';

export interface IdentityServerOptions extends Omit<ProviderOptions, 'issuer'> {
  /** Default: 127.0.0.1 */
  host?: string;
  /** 0 takes any free port. */
  port: number;
}

export interface IdentityServer {
  issuer: string;
  port: number;
  /** What has been asked of it so far. */
  traffic: TrafficRecorder;
  close(): Promise<void>;
}

export async function startIdentityServer(options: IdentityServerOptions): Promise<IdentityServer> {
  const { host = '127.0.0.1', port: wantedPort, ...providerOptions } = options;
  const server = createServer();
  const port = await listen(server, wantedPort, host);
  // The issuer is part of every token, so it is only known once the port is.
  const issuer = `http://${host}:${port}`;
  const provider = createProvider({ ...providerOptions, issuer });
  const traffic = new TrafficRecorder();
  traffic.watch(provider);
  const answer = provider.callback();
  server.on('request', (request, response) => {
    traffic.count(request);
    void answer(request, response);
  });
  return { issuer, port, traffic, close: () => close(server) };
}

export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

export function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    // Clients keep their connections open for the next request, and would keep us waiting.
    server.closeAllConnections();
  });
}
