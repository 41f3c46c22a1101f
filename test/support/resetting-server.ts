import { once } from 'node:events';
import { createServer as createPlainServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { CertificateAuthority } from './certificates.js';

/** Keeps a connection after the first request on it, and hangs up on the second. */
export class ResettingServer {
  readonly grants: (string | null)[] = [];
  /** Requests that came over a connection which had served one before. */
  stale = 0;
  private readonly used = new WeakSet<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly scheme: string,
  ) {}

  static async start(authority?: CertificateAuthority): Promise<ResettingServer> {
    const handle: RequestListener = (request, response) => void resetting.handle(request, response);
    const pair = authority && (await authority.server());
    const server = pair
      ? createSecureServer({ key: pair.key, cert: pair.certificate }, handle)
      : createPlainServer(handle);
    const resetting = new ResettingServer(server, pair ? 'https' : 'http');
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return resetting;
  }

  get tokenEndpoint(): string {
    return `${this.scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}/token`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async handle(...[request, response]: Parameters<RequestListener>): Promise<void> {
    if (this.used.has(request.socket)) {
      this.stale += 1;
      return void request.socket.destroy();
    }
    this.used.add(request.socket);
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    this.grants.push(new URLSearchParams(Buffer.concat(chunks).toString()).get('grant_type'));
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        access_token: `at-${this.grants.length}`,
        token_type: 'Bearer',
        expires_in: 300,
        refresh_token: `rt-${this.grants.length}`,
      }),
    );
  }
}
