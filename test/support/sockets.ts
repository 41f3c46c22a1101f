import { io, type Socket } from 'socket.io-client';

/** What came back for one message: an acknowledgement, or an exception as Nest tells it. */
export type Reply = { readonly ack: unknown } | { readonly exception: unknown };

/** A client of gateways over socket.io. */
export class IoClient {
  private constructor(private readonly socket: Socket) {}

  static async open(url: string): Promise<IoClient> {
    const socket = io(url, { transports: ['websocket'], reconnection: false, forceNew: true });
    await new Promise((resolve, reject) => {
      socket.once('connect', () => resolve(undefined));
      socket.once('connect_error', reject);
    });
    return new IoClient(socket);
  }

  async ask(event: string, data: unknown = {}): Promise<Reply> {
    return new Promise((resolve) => {
      const told = (exception: unknown) => resolve({ exception });
      this.socket.once('exception', told);
      this.socket.emit(event, data, (ack: unknown) => {
        this.socket.off('exception', told);
        resolve({ ack });
      });
    });
  }

  close(): void {
    this.socket.disconnect();
  }
}
