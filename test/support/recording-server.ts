import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { noteSecrets } from './leak-watch.js';

/** A request as it arrived. */
export interface RecordedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What to answer. The body is sent as JSON unless it is a string. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Answers a request, or writes to the response itself and returns nothing. */
export type Responder = (
  request: RecordedRequest,
  response: ServerResponse,
) => Answer | undefined | void | Promise<Answer | undefined | void>;

/**
 * A server on loopback that writes down what it is asked and answers as it is told: an API, or a token
 * endpoint that does what no correct one would.
 */
export class RecordingServer {
  readonly requests: RecordedRequest[] = [];
  private readonly server = createServer(
    (request, response) => void this.handle(request, response),
  );

  private constructor(
    /** How to answer from now on. */
    public respond: Responder,
  ) {}

  static async start(respond: Responder = () => ({ body: {} })): Promise<RecordingServer> {
    const server = new RecordingServer(respond);
    // A test that forgets it, or fails before the end, is no reason to wait for ever.
    // On a busy machine it would close connections just as they are used again.
    server.server.keepAliveTimeout = 0;
    server.server.listen(0, '127.0.0.1').unref();
    server.server.on('connection', (socket) => socket.unref());
    await once(server.server, 'listening');
    return server;
  }

  get origin(): string {
    const address = this.server.address();
    if (typeof address !== 'object' || !address) throw new Error('not listening');
    return `http://127.0.0.1:${address.port}`;
  }

  /** The `Authorization` headers that came, in order. */
  get authorizations(): (string | undefined)[] {
    return this.requests.map(({ headers }) => headers.authorization);
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    // Whoever breaks off is not there to be answered.
    if (body === undefined) return;
    const recorded = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body,
    };
    this.requests.push(recorded);
    noteSecrets(new URLSearchParams(recorded.body), formAuthorization(recorded));
    const answer = await this.respond(recorded, response);
    if (!answer) return;
    if (isObject(answer.body)) noteSecrets(Object.entries(answer.body));
    const { status = 200, headers } = answer;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  }
}

/** Nothing where it breaks off. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString();
}

/** The credentials of a client. Those of a call to an API are somebody else's business. */
function formAuthorization({ headers, body }: RecordedRequest): string | undefined {
  return body.includes('grant_type=') ? headers.authorization : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A token endpoint that gives out `token-1`, `token-2` and so on. Members can be changed or left out. */
export function tokenEndpoint(members: Record<string, unknown> = {}): Responder {
  let count = 0;
  return () => ({
    body: {
      access_token: `token-${++count}`,
      token_type: 'Bearer',
      expires_in: 3600,
      ...members,
    },
  });
}
