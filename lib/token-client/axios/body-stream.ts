import { ReadStream } from 'node:fs';
import { ClientRequest } from 'node:http';
import { Readable, Writable } from 'node:stream';
import {
  isAxiosError,
  type AxiosAdapter,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import { abortable } from '../../common/abortable.js';
import { withdraw } from './redaction/redact-request.js';
import type { AxiosBuild } from './is-axios.js';

/** What Axios takes for a stream: those of Node.js, and older ones such as the forms of the package form-data. */
interface BodyStream extends NodeJS.EventEmitter {
  pipe(to: unknown): unknown;
  destroy?(): unknown;
}

/** The body of a call, if it is a stream that can fail whether somebody listens or not. */
export function bodyStreamOf({ data }: InternalAxiosRequestConfig): BodyStream | undefined {
  return isBodyStream(data) ? data : undefined;
}

function isBodyStream(data: unknown): data is BodyStream {
  if (typeof data !== 'object' || data === null || !('pipe' in data && 'on' in data)) return false;
  return typeof data.pipe === 'function' && typeof data.on === 'function';
}

/**
 * Makes a call and listens to its body until the adapter does. A stream that fails with nobody listening
 * ends the whole process, and here it is left alone for as long as it takes to get a token. One whose call
 * is never sent is destroyed, as nobody else will; one whose call is over is let go.
 *
 * @param send the adapter that takes the stream over
 * @param axios makes the errors
 * @param call makes the call with the adapter it is given
 */
export async function withBodyStream(
  body: BodyStream,
  config: InternalAxiosRequestConfig,
  send: AxiosAdapter,
  { AxiosError, CanceledError }: Pick<AxiosBuild, 'AxiosError' | 'CanceledError'>,
  call: (send: AxiosAdapter) => Promise<AxiosResponse>,
): Promise<AxiosResponse> {
  const failed = new AbortController();
  const onError = (error: unknown) => failed.abort(AxiosError.from(error, undefined, config));
  // What Axios itself says of a body that ends too early.
  const onClose = () => failed.abort(new CanceledError('Request stream has been aborted', config));
  const leave = () => body.off('error', onError).off('close', onClose);
  let taken = false;
  // It may have failed and not told anybody yet.
  const look = () => {
    if (body instanceof Readable && body.errored) onError(body.errored);
    if (body instanceof Readable && body.destroyed) onClose();
    failed.signal.throwIfAborted();
  };
  const takeOver: AxiosAdapter = (sent) => {
    look();
    taken = true;
    try {
      return send(sent);
    } finally {
      leave();
      hideDestinations(body);
    }
  };
  body.on('error', onError).on('close', onClose);
  try {
    look();
    const response = await abortable(call(takeOver), failed.signal);
    letGo(body, response);
    return response;
  } catch (error) {
    if (taken && isAxiosError(error)) letGo(body, error.response ?? error);
    throw error;
  } finally {
    if (!taken) {
      leave();
      // What goes wrong with it from here on concerns nobody.
      body.on('error', () => undefined);
      body.destroy?.();
    }
  }
}

/**
 * An API may answer before it has read all of a body. Then nobody reads on: a stream that stays piped leads to
 * the request, and keeps its connection. Only where the answer is a stream itself both may go on together.
 */
function letGo(body: BodyStream, { request, data }: { request?: unknown; data?: unknown }): void {
  if (data instanceof Readable && !data.closed) data.once('close', () => unpipe(body, request));
  else unpipe(body, request);
}

/** A stream knows what it is piped to: the request, with its headers. It belongs to the caller, and is shown with the call. */
function hideDestinations(body: BodyStream): void {
  withdraw(Reflect.get(body, '_readableState'));
}

function unpipe(body: BodyStream, request: unknown): void {
  if (body instanceof Readable) body.unpipe();
  if (!(request instanceof ClientRequest || request instanceof Writable)) return;
  if (request.writableEnded || request.destroyed) return;
  request.destroy();
  // A file is open as long as nobody reads it to its end.
  if (body instanceof ReadStream) body.destroy();
}
