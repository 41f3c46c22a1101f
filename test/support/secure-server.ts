import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { CertificateAuthority } from './certificates.js';
import type { Answer, RecordedRequest } from './recording-server.js';

/** A request with the certificate that it came with. */
export interface SecureRequest extends RecordedRequest {
  /** The `CN` of the client's certificate, if it presented one. */
  readonly presented: string | undefined;
  /** The certificate itself, as PEM text. */
  readonly certificate: string | undefined;
}

export type SecureResponder = (
  request: SecureRequest,
  response: ServerResponse,
) => Answer | undefined | void | Promise<Answer | undefined | void>;

/** A server on loopback that speaks TLS, asks for a certificate and writes down what it is asked. */
export class SecureServer {
  readonly requests: SecureRequest[] = [];
  /** How many connections were made. */
  connections = 0;
  private readonly server;

  private constructor(
    tls: { cert: string; key: string; ca: string; rejectUnauthorized: boolean },
    /** How to answer from now on. */
    public respond: SecureResponder,
  ) {
    this.server = createServer({ ...tls, requestCert: true }, (request, response) => {
      void this.handle(request, response);
    });
  }

  /** @param demand whether it hangs up on those without a certificate of the authority */
  static async start(
    authority: CertificateAuthority,
    respond: SecureResponder = () => ({ body: {} }),
    { demand = false, names = [] as string[] } = {},
  ): Promise<SecureServer> {
    const { certificate: cert, key } = await authority.server(...names);
    const tls = { cert, key, ca: authority.certificate, rejectUnauthorized: demand };
    const server = new SecureServer(tls, respond);
    // On a busy machine it would close connections just as they are used again.
    server.server.keepAliveTimeout = 0;
    server.server.listen(0, '127.0.0.1').unref();
    server.server.on('secureConnection', (socket) => {
      server.connections += 1;
      socket.unref();
    });
    await once(server.server, 'listening');
    return server;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const { socket } = request;
    const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
    const recorded = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
      presented: certificate?.subject.replace('CN=', ''),
      certificate: certificate?.toString(),
    };
    this.requests.push(recorded);
    const answer = await this.respond(recorded, response);
    if (!answer) return;
    const { status = 200, headers, body } = answer;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }
}
