import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';

/** Stands between a client and a server on 127.0.0.1, and is as slow or as dead as a test wants it to be. */
export class SlowProxy {
  /** How much later each answer arrives, in milliseconds. Counts from the next answer on. */
  delayMs = 0;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  private constructor(
    readonly port: number,
    private readonly targetPort: number,
  ) {}

  /** @param targetPort where the server is, on 127.0.0.1; it need not run yet */
  static async start(targetPort: number): Promise<SlowProxy> {
    const proxy = new SlowProxy(await freePort(), targetPort);
    await proxy.acceptConnections();
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** After `refuseConnections()`: lets clients in again. */
  async acceptConnections(): Promise<void> {
    if (this.#server) return;
    this.#server = createServer((client) => this.join(client));
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Closes the connections that there are; new ones are refused. */
  async refuseConnections(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    this.cutConnections();
    await closed;
  }

  /** Closes the connections that there are; clients can come back at once. */
  cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    await this.refuseConnections();
  }

  private join(client: Socket): void {
    const server = connect(this.targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      // Whatever happens to one side happens to the other; 'close' follows on 'error'.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(server);
    let before: Promise<unknown> = Promise.resolve();
    server.on('data', (chunk) => {
      before = Promise.all([before, this.delayMs > 0 && sleep(this.delayMs)]).then(() =>
        client.destroyed ? undefined : client.write(chunk),
      );
    });
  }
}
