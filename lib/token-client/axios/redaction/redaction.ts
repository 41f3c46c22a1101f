import { errorMonitor } from 'node:events';
import { ClientRequest } from 'node:http';
import { Readable } from 'node:stream';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { AxiosBuild } from '../is-axios.js';
import { RedactedResponse } from './redacted-response.js';
import { redactRequest, withdraw } from './redact-request.js';
import { hideMember } from './hidden-member.js';
import { isPlainData } from './plain-data.js';
import { isTokenHeader } from '../token-headers.js';

/** What Axios may hang onto a response or an error, and what both may hold of the request that was sent. */
interface Trace {
  config?: unknown;
  headers?: unknown;
  request?: unknown;
  response?: unknown;
  data?: unknown;
  cause?: unknown;
}

const KNOWN = new Set(['config', 'data', 'headers', 'request', 'response']);
const HIDDEN = '[hidden]';

/**
 * Makes what comes back from a call show the config that the caller gave, instead of the copy with the
 * token in it. The native request, which has the header in its text, can still be had by whoever asks
 * for it, and is made fit to be shown then; a logger that prints everything there is does not find it.
 */
export class Redaction {
  /** Made for failures only. */
  #seen: WeakSet<object> | undefined;
  #secrets: readonly string[] | undefined;

  constructor(
    private readonly sent: InternalAxiosRequestConfig,
    private readonly given: InternalAxiosRequestConfig,
    private readonly isForeign: boolean,
    private readonly axios: Pick<AxiosBuild, 'AxiosError' | 'AxiosHeaders'>,
  ) {}

  response(response: AxiosResponse): AxiosResponse {
    // Those of other classes, as some adapters bring them, are kept as they are.
    const plain = Object.getPrototypeOf(response) === Object.prototype;
    const concealed = plain ? new RedactedResponse(response) : changeable(response);
    this.conceal(concealed);
    return concealed;
  }

  /** @returns what may be shown in its place, most often the same */
  error(error: unknown): unknown {
    // Anything can be thrown.
    if (typeof error === 'string') return this.crossedOut(error);
    if (!isObject(error)) return error;
    if (Object.isFrozen(error)) return this.isFine(error) ? error : this.inPlaceOf(error);
    if (error instanceof Map || error instanceof Set || ArrayBuffer.isView(error))
      return this.isFine(error) ? error : HIDDEN;
    const seen = (this.#seen ??= new WeakSet());
    for (const trace of withCauses(error)) {
      if (seen.has(trace)) break;
      seen.add(trace);
      this.conceal(trace);
      if (isObject(trace.response)) this.conceal((trace.response = changeable(trace.response)));
      if (!this.isForeign) this.extras(trace);
      if (trace instanceof Error) this.texts(trace);
      if (trace instanceof AggregateError) this.inList(trace.errors);
      this.causeOf(trace);
    }
    return error;
  }

  private conceal(trace: Trace): void {
    if (trace.config !== this.given && this.isUnfit(trace.config)) trace.config = this.given;
    if (Object.hasOwn(trace, 'request')) hide(trace, 'request');
    if (trace.data instanceof Readable) this.stream(trace.data);
    if (!this.isForeign) return;
    this.headers(trace);
    this.extras(trace);
  }

  /** What is no error, and so has no members that are known, or cannot be changed. */
  private causeOf(trace: Trace): void {
    const { cause } = trace;
    const isChain = isObject(cause) && !Object.isFrozen(cause) && !(Symbol.iterator in cause);
    if (isChain) return;
    const shown = this.error(cause);
    if (shown !== cause) Reflect.set(trace, 'cause', shown);
  }

  /** Adapters other than Axios' own may hand back a copy of what they were given. */
  private isUnfit(config: unknown): boolean {
    if (config === undefined) return false;
    return !this.isForeign || config === this.sent || !this.isFine(config);
  }

  /** What an adapter of somebody else, an agent or a transport hangs onto what it gives back. */
  private extras(trace: object): void {
    if (Array.isArray(trace)) return this.inList(trace);
    for (const name of Reflect.ownKeys(trace)) {
      if (typeof name === 'string' && KNOWN.has(name)) continue;
      if (Object.prototype.propertyIsEnumerable.call(trace, name)) this.extra(trace, name);
    }
  }

  private extra(trace: object, name: PropertyKey): void {
    const value: unknown = Reflect.get(trace, name);
    if (value instanceof Error && !Object.isFrozen(value)) this.error(value);
    else if (typeof value === 'string') {
      const text = this.crossedOut(value);
      if (text !== value) Reflect.set(trace, name, text);
    } else if (value instanceof ClientRequest) hide(trace, name, value);
    else if (!this.isFine(value)) hideMember(trace, name, () => value);
  }

  /** Members of a list are shown whether they are enumerable or not. */
  private inList(list: unknown[]): void {
    for (const [index, value] of list.entries()) {
      const isKept = value instanceof Error || typeof value === 'string' || this.isFine(value);
      const shown = isKept ? this.error(value) : HIDDEN;
      if (shown !== value) list[index] = shown;
    }
  }

  private inPlaceOf(frozen: Trace): unknown {
    const message = this.crossedOut(String(Reflect.get(frozen, 'message')));
    return new this.axios.AxiosError(message, undefined, this.given);
  }

  private headers(trace: Trace): void {
    const { headers } = trace;
    if (!isObject(headers) || this.isFine(headers)) return;
    const texts = Object.entries(headers).filter(([, value]) => this.isFine(value));
    trace.headers = new this.axios.AxiosHeaders(Object.fromEntries(texts));
  }

  private texts(error: Error): void {
    for (const name of ['message', 'stack'] as const) {
      const text: unknown = error[name];
      if (typeof text !== 'string') continue;
      const crossedOut = this.crossedOut(text);
      if (crossedOut !== text) Reflect.set(error, name, crossedOut);
    }
  }

  private isFine(value: unknown): boolean {
    return isPlainData(value, (text) => !this.secrets.some((secret) => text.includes(secret)));
  }

  private crossedOut(text: string): string {
    return this.secrets.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
  }

  /** What must not be seen: what was sent beside what the caller gave. */
  private get secrets(): readonly string[] {
    return (this.#secrets ??= Object.entries(this.sent.headers)
      .filter(([name, value]) => isTokenHeader(name) && value !== this.given.headers[name])
      .flatMap(([, value]) => String(value).split(' ').slice(-1))
      .filter(Boolean));
  }

  /** A body that is read later knows its request, and can bring errors that know it too. */
  private stream(body: Readable): void {
    const request: unknown = Reflect.get(body, 'req');
    for (const way of ['req', 'socket', 'client']) if (way in body) hide(body, way, request);
    withdraw(body);
    body.on(errorMonitor, (error) => this.error(error));
  }
}

/** An error and what caused it: Axios wraps errors in errors, each with the config. */
export function withCauses(error: unknown): Trace[] {
  const found = new Set<Trace>();
  // Nothing forbids a cycle.
  for (let next = error; isObject(next) && !found.has(next); next = next.cause) found.add(next);
  return [...found];
}

/**
 * So whoever gets there finds a request that is fit to be shown.
 *
 * @param request the request that the value is, or leads to
 */
function hide(owner: object, name: PropertyKey, request: unknown = Reflect.get(owner, name)): void {
  let value: unknown = Reflect.get(owner, name);
  hideMember(
    owner,
    name,
    () => {
      redactRequest(request);
      return value;
    },
    (next) => {
      value = next;
    },
  );
}

function changeable<T extends object>(response: T): T {
  if (!Object.isFrozen(response)) return response;
  return Object.assign(Object.create(Object.getPrototypeOf(response)), response);
}

function isObject(value: unknown): value is Trace {
  return typeof value === 'object' && value !== null;
}
