import { once } from 'node:events';
import { Agent, type IncomingMessage, request, type Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';

const TIMEOUT_MS = 10_000;

/** As much of an answer as is looked at. */
export interface Answered {
  /** 0 where there was none. */
  readonly status: number;
  readonly challenge: string;
}

/** The server of the application under test, on loopback. */
export class LocalServer {
  readonly #agent = new Agent({ keepAlive: true });
  // Node asks the system for it each time.
  readonly #port: number;

  private constructor(
    private readonly server: Server,
    private readonly isOurs: boolean,
  ) {
    const address = server.address();
    this.#port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  }

  /** Starts it unless it runs. */
  static async of(app: INestApplication): Promise<LocalServer> {
    await app.init();
    const instance: unknown = app.getHttpAdapter().getInstance();
    // Fastify answers nothing before.
    const ready: unknown = Reflect.get(Object(instance), 'ready');
    if (typeof ready === 'function' && app.getHttpAdapter().getType() === 'fastify')
      await Reflect.apply(ready, instance, []);
    const server: Server = app.getHttpServer();
    if (server.listening) return new LocalServer(server, false);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new LocalServer(server, true);
  }

  /** @param headers names and values, one after the other, as they are to be sent */
  async ask(method: string, path: string, headers: readonly string[]): Promise<Answered> {
    const sent = { method, path, headers };
    // A connection that is kept may be closed just as it is used again.
    return (
      (await this.send(sent, this.#agent)) ??
      (await this.send(sent, false)) ?? { status: 0, challenge: '' }
    );
  }

  /** @returns nothing where there is no answer */
  private async send(
    { headers, ...sent }: { method: string; path: string; headers: readonly string[] },
    agent: Agent | false,
  ): Promise<Answered | undefined> {
    const port = this.#port;
    const asked = request({
      ...sent,
      host: '127.0.0.1',
      port,
      agent,
      timeout: TIMEOUT_MS,
      // Without a length Node would send a body in chunks, of a type that nobody knows.
      headers: ['Host', `127.0.0.1:${port}`, 'Content-Length', '0', ...headers],
    });
    asked.on('timeout', () => asked.destroy());
    asked.end();
    try {
      const answer = await new Promise<IncomingMessage>((resolve, reject) =>
        asked.on('response', resolve).on('error', reject),
      );
      const { statusCode: status = 0, headers: got } = answer;
      // What gets in may go on for ever.
      if (status < 400) answer.destroy();
      else answer.resume();
      return { status, challenge: [got['www-authenticate']].flat().join(', ') };
    } catch {
      return undefined;
    }
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    if (!this.isOurs) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
