import { oneLine } from './excerpt.js';
import { isJsonObject } from './json.js';
import { ProxyError } from './proxy-tunnel.js';
import { isSecureUrl, shownUrl } from './secure-url.js';
import { Transport, type Answer, type Identity, type Route } from './transport.js';

/** Limits of one call to the authorization server, and the way there. */
export interface BackchannelLimits extends Route {
  /** Time for the whole exchange, body included. */
  timeoutMs: number;
  /** The largest body that is read, after decompression. */
  maxBytes: number;
  /** Lets plain http through to hosts other than loopback. */
  allowInsecureHttp: boolean;
  /** Headers of every request. They stand, whatever a request says. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** What a request may say: that part of what `fetch` knows which is needed. */
export interface BackchannelInit {
  method?: string | undefined;
  headers?: HeadersInit | undefined;
  body?: URLSearchParams | string | null | undefined;
  signal?: AbortSignal | null | undefined;
  /** The certificate to present, with its key. */
  tls?: Identity | undefined;
}

/** `fetch`, fenced in. */
export type BackchannelFetch = (url: string, init?: BackchannelInit) => Promise<Response>;

/** The way to authorization servers. */
export interface Backchannel extends BackchannelFetch {
  /** Gives up the connections that are kept. */
  close(): void;
}

/** Several places may have been asked, each with a URL and what was wrong. */
const MAX_MESSAGE_LENGTH = 2_000;

/** A call to the authorization server that gave no usable answer. The message is fit for a log. */
export class BackchannelError extends Error {
  override readonly name = 'BackchannelError';

  constructor(
    message: string,
    /** Whether the same call may work a moment later. */
    readonly transient = false,
    /** Whether it is certain that the server has seen nothing of it. */
    readonly unsent = false,
  ) {
    super(oneLine(message, MAX_MESSAGE_LENGTH));
  }
}

/** What goes wrong before a connection is there. */
const NO_CONNECTION = new Set([
  'ECONNREFUSED',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Makes the only `fetch` that talks to authorization servers. Whatever is at the other end is taken
 * to be hostile: the time is bounded in total, the body in size, and no redirect is followed, since
 * it could lead keys or credentials anywhere.
 */
export function createBackchannel(limits: BackchannelLimits): Backchannel {
  const transport = new Transport(limits, limits.timeoutMs);
  const send = async (url: string, init?: BackchannelInit): Promise<Response> => {
    const shown = shownUrl(url);
    if (!isSecureUrl(new URL(url), limits.allowInsecureHttp)) {
      throw new BackchannelError(`${shown} is not https`);
    }
    const { method = 'GET', body, tls } = init ?? {};
    if (tls && !url.startsWith('https://')) {
      throw new BackchannelError(`${shown} is not https, so that no certificate can be presented`);
    }
    const timeout = AbortSignal.timeout(limits.timeoutMs);
    const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    try {
      const headers = headersOf(init?.headers, limits.headers);
      const shipment = { method, headers, body: body == null ? null : String(body), signal };
      const response = await transport.send(url, shipment, tls);
      return await buffer(shown, response, limits.maxBytes);
    } catch (error) {
      if (error instanceof BackchannelError) throw error;
      if (timeout.aborted)
        throw new BackchannelError(`${shown} did not answer within ${limits.timeoutMs} ms`, true);
      const way = limits.proxy ? ' through the proxy' : '';
      const reason = reasonOf(error);
      const message = `${shown} could not be reached${way}: ${reason}`;
      throw new BackchannelError(message, true, NO_CONNECTION.has(reason));
    }
  };
  return Object.assign(send, { close: () => transport.close() });
}

function headersOf(
  own: HeadersInit | undefined,
  everywhere: Readonly<Record<string, string>> = {},
): [string, string][] {
  const headers = new Headers(own);
  for (const [name, value] of Object.entries(everywhere)) headers.set(name, value);
  return [...headers];
}

async function buffer(url: string, response: Answer, maxBytes: number): Promise<Response> {
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    throw new BackchannelError(
      `${url} answered with a redirect (${response.status}), which is not followed`,
    );
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes)
      throw new BackchannelError(`${url} answered with more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const { status, statusText } = response;
  const headers = [...response.headers];
  const mayHaveBody = status !== 204 && status !== 205;
  return new Response(mayHaveBody ? Buffer.concat(chunks) : null, { status, statusText, headers });
}

const MAX_CAUSES = 5;

/** The system's error code, deep inside what `fetch` throws; never the error itself, it may hold the request. */
function reasonOf(error: unknown): string {
  let reason: unknown = 'unknown error';
  let inner = error;
  // Not `instanceof Error`: fetch throws the errors of its own realm.
  for (let depth = 0; depth < MAX_CAUSES && isJsonObject(inner); depth += 1) {
    if (inner instanceof ProxyError) return inner.message;
    const { code, name, cause } = inner;
    reason = typeof code === 'string' && code ? code : name;
    inner = cause;
  }
  return String(reason);
}
