import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const REFUSALS: Record<string, [number, string]> = {
  '/401': [401, 'Bearer error="invalid_token"'],
  '/403': [403, 'Bearer error="insufficient_scope", scope="more"'],
  '/413': [413, ''],
  '/500': [500, ''],
};

/** An API that answers before it reads, holds calls back for as long as a test wants, and knows who sent what. */
export class WalkedApi {
  /** Every token and proof that came. */
  readonly secrets = new Set<string>();
  /** How many calls it holds back. */
  held = 0;
  readonly #waiting = new Set<ServerResponse>();
  readonly #server = createServer((request, response) => this.answer(request, response));

  static async start(): Promise<WalkedApi> {
    const api = new WalkedApi();
    // On a busy machine it would close connections just as they are used again.
    api.#server.keepAliveTimeout = 0;
    api.#server.listen(0, '127.0.0.1').unref();
    await once(api.#server, 'listening');
    return api;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Answers those that it holds back. */
  release(): void {
    for (const response of this.#waiting) response.end('{}');
    this.#waiting.clear();
    this.held = 0;
  }

  async stop(): Promise<void> {
    this.release();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { authorization = '', dpop } = request.headers;
    for (const secret of [authorization.split(' ')[1], dpop]) {
      if (typeof secret === 'string' && secret) this.secrets.add(secret);
    }
    request.on('error', () => undefined);
    const path = new URL(request.url ?? '', this.origin).pathname;
    if (path === '/held') {
      this.held += 1;
      this.#waiting.add(response);
      return;
    }
    if (path === '/never') return;
    if (path === '/cut') {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{', () => response.destroy());
      return;
    }
    if (path === '/off') return void response.destroy();
    if (path === '/old') return void response.writeHead(307, { location: '/new' }).end();
    const [status, challenge] = REFUSALS[path] ?? [200, ''];
    const headers = { 'content-type': 'application/json', 'www-authenticate': challenge };
    response.writeHead(status, headers).end(path === '/text' ? 'no JSON' : '{"fine":true}');
  }
}
