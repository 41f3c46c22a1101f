import { once } from 'node:events';
import { createServer as createPlainServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { PemPair } from './certificates.js';

/** A proxy that digs tunnels (`CONNECT`) and writes down to where, and with which credentials. */
export class ConnectProxy {
  readonly tunnels: { target: string; authorization: string | undefined }[] = [];
  /** The certificates that clients presented to the proxy itself: their `CN`, nothing for none. */
  readonly certificates = new Set<string | undefined>();
  /** Bytes that came from the clients, as text: what a proxy can see. */
  seen = '';
  /** The status that it refuses all tunnels with. */
  refusal: number | undefined;
  /** Where names lead that only the proxy knows: ports of this machine. */
  readonly names = new Map<string, number>();
  /** Requests that were made of it in the clear: what a proxy can read. */
  readonly read: string[] = [];
  private readonly sockets = new Set<Duplex>();
  private readonly server;

  private constructor(tls: PemPair | undefined) {
    this.server = tls
      ? createTlsServer({
          cert: tls.certificate,
          key: tls.key,
          requestCert: true,
          rejectUnauthorized: false,
        })
      : createPlainServer();
    this.server.on('connect', (request, socket) => this.dig(request, socket));
    this.server.on('request', (request, response) => {
      this.read.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.end('{}');
    });
  }

  /** @param tls for a proxy that is itself spoken to over TLS */
  static async start(tls?: PemPair): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(tls);
    proxy.server.listen(0, '127.0.0.1').unref();
    await once(proxy.server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private dig(request: IncomingMessage, client: Duplex): void {
    const target = request.url ?? '';
    this.tunnels.push({ target, authorization: request.headers['proxy-authorization'] });
    if (this.refusal !== undefined) {
      client.end(`HTTP/1.1 ${this.refusal} No\r\n\r\n`);
      return;
    }
    const certificate = client instanceof TLSSocket ? client.getPeerX509Certificate() : undefined;
    this.certificates.add(certificate?.subject);
    const { hostname, port } = new URL(`http://${target}`);
    const local = this.names.get(hostname);
    const [at, host] = local ? [local, '127.0.0.1'] : [Number(port), hostname];
    const server: Socket = connect(at, host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.on('data', (chunk: Buffer) => {
        this.seen += chunk.toString('latin1');
      });
      client.pipe(server).pipe(client);
    });
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.sockets.delete(socket));
    }
  }
}
