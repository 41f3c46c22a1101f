import type { INestApplication, INestMicroservice } from '@nestjs/common';
import { ClientProxyFactory, type ClientProxy, Transport } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { WebSocket } from 'ws';

/** What a handler gave, or that it was refused. */
export type Outcome = unknown;

/** A client of a microservice over TCP. */
export class MessageClient {
  private readonly proxy: ClientProxy;

  constructor(port: number) {
    this.proxy = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port },
    });
  }

  async send(pattern: unknown, data: unknown = {}): Promise<Outcome> {
    return lastValueFrom(this.proxy.send(pattern, data)).catch((error: unknown) => error);
  }

  /** Events have no answer: that of a message which is sent after it tells that it has been dealt with. */
  async emit(pattern: unknown, data: unknown = {}): Promise<void> {
    await lastValueFrom(this.proxy.emit(pattern, data), { defaultValue: undefined });
    await this.send('nobody listens');
  }

  async close(): Promise<void> {
    await this.proxy.close();
  }
}

export const FORBIDDEN = { status: 'error', message: 'Forbidden resource' };

/** Connects a microservice to an application, on a free port. */
export async function connectTcp(
  app: INestApplication,
  options: { inheritAppConfig?: boolean } = {},
): Promise<MessageClient> {
  const microservice = app.connectMicroservice(
    { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } },
    options,
  );
  await microservice.listen();
  return new MessageClient(portOf(microservice));
}

export function portOf(microservice: INestMicroservice): number {
  const server = microservice.unwrap<{ address(): { port: number } }>();
  return server.address().port;
}

/** A client of gateways over bare WebSockets. */
export class SocketClient {
  private constructor(private readonly socket: WebSocket) {}

  static async open(url: string): Promise<SocketClient> {
    const socket = new WebSocket(url.replace('http', 'ws'));
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new SocketClient(socket);
  }

  /** The answers to all of these, in the order in which they come; the last must be one that is answered. */
  async ask(...events: string[]): Promise<unknown[]> {
    const answers: unknown[] = [];
    const last = events.at(-1);
    const done = new Promise<void>((resolve) => {
      this.socket.on('message', (data: Buffer) => {
        const answer = JSON.parse(data.toString()) as { event: string };
        answers.push(answer);
        if (answer.event === last) resolve();
      });
    });
    for (const event of events) this.socket.send(JSON.stringify({ event, data: {} }));
    await done;
    return answers;
  }

  close(): void {
    this.socket.terminate();
  }
}
