import { errorMonitor } from 'node:events';
import { Readable } from 'node:stream';
import { AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { ConcealedResponse } from './concealed-response.js';
import { concealRequest } from './conceal-request.js';

/** What Axios may hang onto a response or an error, and what both may hold of the request that was sent. */
interface Trace {
  config?: unknown;
  headers?: unknown;
  request?: unknown;
  response?: unknown;
  cause?: unknown;
}

/**
 * Makes what comes back from a call show the config that the caller gave, instead of the copy with the
 * token in it. The native request, which has the header in its text, can still be had by whoever asks
 * for it, and is made fit to be shown then; a logger that prints everything there is does not find it.
 */
export class Concealment {
  constructor(
    private readonly sent: InternalAxiosRequestConfig,
    private readonly given: InternalAxiosRequestConfig,
  ) {}

  response(response: AxiosResponse): AxiosResponse {
    // Those of other classes, as some adapters bring them, are kept as they are.
    const plain = Object.getPrototypeOf(response) === Object.prototype;
    const concealed = plain ? new ConcealedResponse(response) : response;
    this.conceal(concealed);
    return concealed;
  }

  error(error: unknown): unknown {
    for (const trace of withCauses(error)) {
      this.conceal(trace);
      if (isObject(trace.response)) this.conceal(trace.response);
    }
    return error;
  }

  private conceal(trace: Trace & { data?: unknown }): void {
    if (this.showsToken(trace.config)) trace.config = this.given;
    if (Object.hasOwn(trace, 'request')) hide(trace, 'request');
    if (trace.data instanceof Readable) this.stream(trace.data);
  }

  /** Adapters other than Axios' own may hand back a copy of what they were given. */
  private showsToken(config: unknown): boolean {
    if (config === this.sent) return true;
    const headers = isObject(config) ? config.headers : undefined;
    return (
      headers instanceof AxiosHeaders &&
      headers.getAuthorization() === this.sent.headers.getAuthorization()
    );
  }

  /** A body that is read later knows its request, and can bring errors that know it too. */
  private stream(body: Readable): void {
    const request: unknown = Reflect.get(body, 'req');
    for (const way of ['req', 'socket', 'client']) if (way in body) hide(body, way, request);
    body.on(errorMonitor, (error) => this.error(error));
  }
}

/** An error and what caused it: Axios wraps errors in errors, each with the config. */
export function withCauses(error: unknown): Trace[] {
  const found: Trace[] = [];
  // Bounded, as nothing forbids a cycle.
  for (let next = error; isObject(next) && found.length < 8; next = next.cause) found.push(next);
  return found;
}

/**
 * Not enumerable, and behind a getter, which `util.inspect` does not call even where it shows the rest,
 * unless it is told to. So whoever gets there finds a request that is fit to be shown.
 *
 * @param request the request that the value is, or leads to
 */
function hide(owner: object, name: string, request: unknown = Reflect.get(owner, name)): void {
  let value: unknown = Reflect.get(owner, name);
  Object.defineProperty(owner, name, {
    configurable: true,
    enumerable: false,
    get: () => {
      concealRequest(request);
      return value;
    },
    set: (next: unknown) => {
      value = next;
    },
  });
}

function isObject(value: unknown): value is Trace {
  return typeof value === 'object' && value !== null;
}
