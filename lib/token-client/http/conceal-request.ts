import { ClientRequest } from 'node:http';
import { inspect } from 'node:util';
import { withoutQuery } from '../../common/secure-url.js';
import { parsed } from './call-target.js';

/** What proves that a call is ours, as a line in the text of a native request, and by name. */
const OUR_LINES = /^(authorization|dpop): .*$/gim;
const OUR_NAMES = /^(authorization|dpop)$/i;
const HIDDEN = '[hidden]';

const done = new WeakSet<object>();

/**
 * Makes a native request fit to be shown: it tells what was asked for and nothing else, and what proves
 * that the call was ours is crossed out in its own text. For requests that have been answered or have failed,
 * and only when somebody wants to see one, so that it costs other calls nothing.
 */
export function concealRequest(request: unknown): void {
  if (!isObject(request) || done.has(request)) return;
  done.add(request);
  if (Object.isExtensible(request)) {
    const show = () => summaryOf(request);
    for (const way of [inspect.custom, 'toJSON']) {
      Object.defineProperty(request, way, { value: show, configurable: true, writable: true });
    }
  }
  crossOut(request);
  // Where redirects are followed, one that stands for all, and the one sent last.
  for (const other of ['_currentRequest', '_redirectable']) concealRequest(request[other]);
}

function summaryOf(request: Record<PropertyKey, unknown>): { method?: unknown; url?: string } {
  const { method } = isObject(request['_options']) ? request['_options'] : request;
  const url = request instanceof ClientRequest ? urlOf(request) : request['_currentUrl'];
  const known = parsed(url ?? request['url']);
  return {
    ...(typeof method === 'string' && { method }),
    ...(known && { url: withoutQuery(known.href) }),
  };
}

/** Asked of a proxy, a path is a whole URL. */
function urlOf(request: ClientRequest): string {
  const { protocol, path } = request;
  return path.startsWith('/') ? `${protocol}//${String(request.getHeader('host'))}${path}` : path;
}

function crossOut(request: Record<PropertyKey, unknown>): void {
  const { _header: text, _options: options, headers } = request;
  if (typeof text === 'string') request['_header'] = text.replace(OUR_LINES, `$1: ${HIDDEN}`);
  if (headers instanceof Headers) {
    for (const name of [...headers.keys()].filter((one) => OUR_NAMES.test(one))) {
      headers.set(name, HIDDEN);
    }
  }
  if (isObject(options)) crossOutIn(options['headers']);
  // HTTP/2
  crossOutIn(request['sentHeaders']);
  // Where Node.js keeps what `getHeader` gives, each beside the name as it was spelled.
  for (const symbol of Object.getOwnPropertySymbols(request)) {
    if (symbol.description === 'kOutHeaders') crossOutIn(request[symbol]);
  }
}

function crossOutIn(headers: unknown): void {
  if (!isObject(headers)) return;
  for (const name of Object.keys(headers).filter((one) => OUR_NAMES.test(one))) {
    const value = headers[name];
    headers[name] = Array.isArray(value) ? [name, HIDDEN] : HIDDEN;
  }
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}
