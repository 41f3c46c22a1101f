import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** An answer, and what becomes of the connection. */
export interface ScriptedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /**
   * - `'whole'`: as it should be
   * - `'early'`: whole, before the body of the request has been read
   * - `'cut'`: half of the body, and the connection is gone
   * - `'reset'`: no answer
   * - `'garbage'`: something that is no HTTP
   */
  readonly ending: 'whole' | 'early' | 'cut' | 'reset' | 'garbage';
}

export interface ScriptedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** Empty where the answer comes early. */
  readonly body: string;
}

/** Says what to answer. What it can say without the body may come before it. */
export type Script = (request: ScriptedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>;

/** A server on loopback that does what no correct one would. It keeps nothing of what comes. */
export class ScriptedServer {
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  private constructor(
    private readonly script: Script,
    private readonly isEarly: (request: Omit<ScriptedRequest, 'body'>) => boolean,
  ) {}

  static async start(
    script: Script,
    isEarly: (request: Omit<ScriptedRequest, 'body'>) => boolean = () => false,
  ): Promise<ScriptedServer> {
    const server = new ScriptedServer(script, isEarly);
    server.#server.on('clientError', (_error, socket) => socket.destroy());
    // On a busy machine it would close connections just as they are used again.
    server.#server.keepAliveTimeout = 0;
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get origin(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || !address) throw new Error('not listening');
    return `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    // Whoever breaks off is not there to be answered.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    try {
      const early = this.isEarly({ method, url, headers });
      const body = early ? '' : String(await buffer(request));
      write(response, await this.script({ method, url, headers, body }));
    } catch {
      response.destroy();
    }
  }
}

function write(response: ServerResponse, { status, headers, body, ending }: ScriptedAnswer): void {
  const { socket } = response;
  if (ending === 'reset' || !socket) return void response.destroy();
  if (ending === 'garbage') {
    socket.write('HTTP/1.1 200 OK\r\nX: \u0001\r\n\r\n');
    return void socket.destroy();
  }
  try {
    response.writeHead(status, headers);
  } catch {
    // Node.js itself does not send such headers.
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const head = [`HTTP/1.1 ${status} Odd`, ...lines, 'Connection: close', '', ''].join('\r\n');
    return void socket.end(Buffer.concat([Buffer.from(head, 'latin1'), body]));
  }
  if (ending === 'cut') {
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
    return;
  }
  const isEmpty = status === 204 || status === 205 || status === 304;
  const { length } = isEmpty ? '' : body;
  // Whoever is promised more waits for it until the time is up: other tests are about that.
  const isShort = Number(response.getHeader('content-length') ?? length) > length;
  response.end(isEmpty ? undefined : body, () => isShort && socket.end());
}

export function jsonAnswer(body: unknown, status = 200): ScriptedAnswer {
  const headers = { 'content-type': 'application/json' };
  return { status, headers, body: Buffer.from(JSON.stringify(body)), ending: 'whole' };
}
