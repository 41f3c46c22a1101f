import { EventEmitter } from 'node:events';
import { isJsonObject } from './json.js';

/** What is read of a request, of Express or Fastify. */
export interface HttpRequest {
  readonly method: string;
  /** As it came: path and query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Reads it from where both have it, and not from what they make of it: a query has many readings. */
export function readRequest(request: object): HttpRequest {
  const given: unknown = request;
  const { method, originalUrl, url, headers } = isJsonObject(given) ? given : {};
  const path = String(originalUrl ?? url);
  const mark = path.indexOf('?');
  return {
    method: String(method),
    path,
    query: new URLSearchParams(mark < 0 ? '' : path.slice(mark)),
    headers: isJsonObject(headers) ? headers : {},
  };
}

/** A parameter that is there once. Twice, it would have two readings. */
export function onlyValue(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}

/** Tells what cookies an answer has set, of Express or Fastify: sessions set theirs only when it is sent. */
export function onceSent(response: object, listener: (setCookie: unknown) => void): void {
  const raw: unknown = Reflect.get(response, 'raw') ?? response;
  const read: unknown = Reflect.get(response, 'getHeader');
  if (!(raw instanceof EventEmitter) || typeof read !== 'function') return;
  raw.once('finish', () => listener(Reflect.apply(read, response, ['set-cookie'])));
}
