import { connect, type Socket } from 'node:net';

/** Gives the next request to send, or nothing when the burst is over. */
export type NextRequest = () => Buffer | undefined;

/**
 * One kept-alive connection, one request at a time. On bare sockets: the client of node:http costs more than a
 * Fastify handler, and would be what is measured.
 */
export class Connection {
  private rest: Buffer | undefined;
  private answered: (() => void) | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly fail: (error: Error) => void,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the server closed a connection')));
  }

  static open(port: number, fail: (error: Error) => void): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Connection(socket, fail)));
    });
  }

  /** Sends one request after the other for as long as there are any. */
  drive(next: NextRequest): Promise<number> {
    return new Promise((resolve) => {
      let count = -1;
      this.answered = () => {
        count += 1;
        const request = next();
        if (request) this.socket.write(request);
        else resolve(count);
      };
      this.answered();
    });
  }

  close(): void {
    this.socket.removeAllListeners('close').destroy();
  }

  private receive(chunk: Buffer): void {
    const bytes = this.rest ? Buffer.concat([this.rest, chunk]) : chunk;
    const end = bytes.indexOf('\r\n\r\n');
    const head = end < 0 ? '' : bytes.toString('latin1', 0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (end < 0 || bytes.length < end + 4 + length) {
      this.rest = bytes;
      return;
    }
    this.rest = undefined;
    if (head.startsWith('HTTP/1.1 200')) this.answered?.();
    else this.fail(new Error(`a good token was answered with ${head.slice(0, 12)}`));
  }
}
