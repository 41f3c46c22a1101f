import {
  headerFaults,
  type BackchannelHeaders,
  type BackchannelRoute,
} from './backchannel-route.js';
import { certificateAdvice } from './certificate-advice.js';
import { proxyVariableFor } from './environment-proxy.js';
import { oneLine } from '../../common/excerpt.js';
import { isJsonObject } from '../../common/json.js';
import { kindOfError } from '../../common/kind-of-error.js';
import { followsEnvironment } from './node-dispatcher.js';
import { ProxyError } from './proxy-tunnel.js';
import { isSecureUrl, shownUrl } from '../../common/secure-url.js';
import {
  Transport,
  type TransportResponse,
  type Identity,
  type TransportOptions,
} from './transport.js';
import { abortable } from '../../common/abortable.js';

/** Limits of one call to the authorization server, and the way there. */
export interface BackchannelLimits extends TransportOptions {
  /** Time for the whole exchange, body included. */
  timeoutMs: number;
  /** The largest body that is read, after decompression. */
  maxBytes: number;
  /** Lets plain http through to hosts other than loopback. */
  allowInsecureHttp: boolean;
  /** Headers of every request. They stand, whatever a request says. */
  headers?: BackchannelRoute['headers'];
  /** Headers that they may not be, in small letters. */
  reservedHeaders?: readonly string[] | undefined;
  /** The origins that are to get them; all where it does not say. */
  headersTo?: readonly string[] | undefined;
}

/** What a request may say: that part of what `fetch` knows which is needed. */
export interface BackchannelInit {
  method?: string | undefined;
  headers?: HeadersInit | undefined;
  body?: URLSearchParams | string | null | undefined;
  signal?: AbortSignal | null | undefined;
  /** The certificate to present, with its key. */
  tls?: Identity | undefined;
  /** Whether it goes over a new connection: for what may not be repeated. */
  fresh?: boolean | undefined;
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

/** The way to the server is wrong, and the message says what to do about it. */
export class AdvisedBackchannelError extends BackchannelError {}

/** The certificate of the server is no good. The message says what to do; trying again does not help. */
export class UntrustedServerError extends AdvisedBackchannelError {}

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
    const { method = 'GET', body, tls, fresh } = init ?? {};
    if (tls && !url.startsWith('https://')) {
      throw new BackchannelError(`${shown} is not https, so that no certificate can be presented`);
    }
    const timeout = AbortSignal.timeout(limits.timeoutMs);
    const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    try {
      const headers = await headersFor(url, init?.headers, limits, signal);
      const shipment = { method, headers, body: body == null ? null : String(body), signal };
      const response = await transport.send(url, shipment, tls, fresh);
      return await buffer(shown, response, limits.maxBytes);
    } catch (error) {
      if (error instanceof BackchannelError) throw error;
      const hint = proxyHint(url, limits);
      if (timeout.aborted) {
        const late = `${shown} did not answer within ${limits.timeoutMs} ms`;
        throw new BackchannelError(late + hint, true);
      }
      const way = transport.hasProxy(new URL(url)) ? ' through the proxy' : '';
      const reason = reasonOf(error);
      const message = `${shown} could not be reached${way}: ${reason}`;
      const advice = certificateAdvice(reason);
      if (advice) throw new UntrustedServerError(`${message}. ${advice}`, false, true);
      throw new BackchannelError(message + hint, true, NO_CONNECTION.has(reason));
    }
  };
  return Object.assign(send, { close: () => transport.close() });
}

/** @throws {BackchannelError} when a function that is to give headers does not */
async function headersFor(
  url: string,
  own: HeadersInit | undefined,
  { headers: given = {}, headersTo, reservedHeaders = [] }: BackchannelLimits,
  signal: AbortSignal,
): Promise<[string, string][]> {
  const headers = new Headers(own);
  if (headersTo && !headersTo.includes(new URL(url).origin)) return [...headers];
  const added = typeof given === 'function' ? await asked(given, reservedHeaders, signal) : given;
  for (const [name, value] of Object.entries(added)) headers.set(name, value);
  return [...headers];
}

async function asked(
  give: () => BackchannelHeaders | Promise<BackchannelHeaders>,
  reserved: readonly string[],
  signal: AbortSignal,
): Promise<BackchannelHeaders> {
  try {
    const given = await abortable((async () => give())(), signal);
    const [fault] = headerFaults('', given ?? null, reserved);
    if (fault !== undefined) throw noHeaders(fault);
    return given;
  } catch (error) {
    if (error instanceof BackchannelError) throw error;
    if (signal.aborted) throw noHeaders(': the function gave no answer in time');
    // Not its message, which may hold what it was to give.
    throw noHeaders(`: the function threw ${kindOfError(error)}. Catch it and log it there`);
  }
}

/** Nothing was sent, as the headers are missing. */
function noHeaders(fault: string): BackchannelError {
  return new AdvisedBackchannelError(`backchannel.headers${fault}`, true, true);
}

/** A connection that fails may be one that only a proxy can make. */
function proxyHint(url: string, { proxy }: BackchannelLimits): string {
  const isDirect = proxy === undefined && !followsEnvironment();
  const variable = isDirect ? proxyVariableFor(new URL(url), process.env) : undefined;
  return variable
    ? `. ${variable} is set, and only used with backchannel: { proxy: 'environment' }`
    : '';
}

async function buffer(
  url: string,
  response: TransportResponse,
  maxBytes: number,
): Promise<Response> {
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
