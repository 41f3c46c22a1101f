import { ClientRequest } from 'node:http';
import { inspect } from 'node:util';
import { withoutQuery } from '../../../common/secure-url.js';
import { parsed } from '../../calls/call-target.js';
import { isPlainData } from './plain-data.js';
import { isTokenHeader, tokenHeaderLines } from '../token-headers.js';

const HIDDEN = '[hidden]';

const done = new WeakSet<object>();

/**
 * Makes a native request fit to be shown: it tells what was asked for and nothing else, and what proves
 * that the call was ours is crossed out in its own text. For requests that have been answered or have failed,
 * and only when somebody wants to see one, so that it costs other calls nothing.
 */
export function redactRequest(request: unknown): void {
  if (!isObject(request) || done.has(request)) return;
  done.add(request);
  crossOut(request);
  // Where redirects are followed, one that stands for all, and the one sent last.
  for (const other of ['_currentRequest', '_redirectable']) redactRequest(request[other]);
  // A connection is used again, and knows the request of whoever uses it now.
  for (const way of ['socket', 'res']) {
    const next = request[way];
    if (!isObject(next)) continue;
    withdraw(next);
    if (way === 'res') for (const name of ['socket', 'client']) withdraw(next[name]);
  }
  withdraw(request);
  if (!Object.isExtensible(request)) return;
  const show = () => summaryOf(request);
  for (const way of [inspect.custom, 'toJSON']) {
    Object.defineProperty(request, way, {
      value: show,
      configurable: true,
      enumerable: false,
      writable: true,
    });
  }
}

/**
 * Leaves of an object that is alive only what is data to those who look at all there is. Everything is where it
 * was for whoever asks for it by name, Node.js itself above all.
 *
 * @returns the names of what was withdrawn
 */
export function withdraw(owner: unknown): PropertyKey[] {
  const withdrawn: PropertyKey[] = [];
  if (!isObject(owner)) return withdrawn;
  for (const name of Reflect.ownKeys(owner)) {
    const member = Object.getOwnPropertyDescriptor(owner, name);
    if (!member?.enumerable) continue;
    // What is empty may lead on later: to the request that a connection is used for next, or that a body is piped to.
    const isData = 'value' in member && !isEmpty(member.value);
    if (typeof name === 'string' && isData && isPlainData(member.value, isNoHeader)) continue;
    if (Reflect.defineProperty(owner, name, { enumerable: false })) withdrawn.push(name);
  }
  return withdrawn;
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return (
    typeof value === 'object' && Reflect.ownKeys(value).length === (Array.isArray(value) ? 1 : 0)
  );
}

function isNoHeader(text: string): boolean {
  return text.search(tokenHeaderLines()) === -1;
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
  const { _header: text, headers, outputData } = request;
  if (typeof text === 'string') request['_header'] = crossedOut(text);
  // What never got a connection to go out by.
  if (Array.isArray(outputData)) for (const part of outputData) crossOutText(part, 'data');
  if (isObject(request['socket'])) crossOutPending(request['socket']);
  if (headers instanceof Headers) {
    for (const name of [...headers.keys()].filter(isTokenHeader)) {
      headers.set(name, HIDDEN);
    }
  } else crossOutIn(headers);
  for (const options of ['_options', 'options']) {
    if (isObject(request[options])) crossOutIn(request[options]['headers']);
  }
  // HTTP/2
  crossOutIn(request['sentHeaders']);
  // Where Node.js keeps what `getHeader` gives, each beside the name as it was spelled.
  for (const symbol of Object.getOwnPropertySymbols(request)) {
    if (symbol.description === 'kOutHeaders') crossOutIn(request[symbol]);
  }
}

function crossOutPending(socket: Record<PropertyKey, unknown>): void {
  if (!socket['destroyed']) return;
  crossOutText(socket, '_pendingData');
  const { _pendingData: parts } = socket;
  if (Array.isArray(parts)) for (const part of parts) crossOutText(part, 'chunk');
}

function crossOutText(owner: unknown, name: string): void {
  if (isObject(owner) && typeof owner[name] === 'string') owner[name] = crossedOut(owner[name]);
}

function crossedOut(text: string): string {
  return text.replace(tokenHeaderLines(), `$1: ${HIDDEN}`);
}

function crossOutIn(headers: unknown): void {
  if (!isObject(headers)) return;
  for (const name of Object.keys(headers).filter(isTokenHeader)) {
    const value = headers[name];
    Reflect.set(headers, name, Array.isArray(value) ? [name, HIDDEN] : HIDDEN);
  }
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}
