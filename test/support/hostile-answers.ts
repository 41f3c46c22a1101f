import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { RequestKind } from '../../sample/src/identity-server/traffic.recorder.js';
import type { Interceptor } from './authorization-server.js';

/** Writes an answer of its own making, good or evil. */
export type Reply = (response: ServerResponse, request: IncomingMessage) => void;

/** Makes an authorization server answer in its own way at one kind of endpoint, and as ever at the others. */
export function answering(replies: Partial<Record<RequestKind, Reply>>): Interceptor {
  return (kind, request, response) => {
    const reply = replies[kind];
    reply?.(response, request);
    return reply !== undefined;
  };
}

export const json =
  (body: unknown, status = 200): Reply =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

export const status =
  (code: number): Reply =>
  (response) =>
    response.writeHead(code).end();

export const text =
  (body: string, type = 'application/json'): Reply =>
  (response) =>
    response.writeHead(200, { 'content-type': type }).end(body);

export const redirectTo =
  (location: string, code = 302): Reply =>
  (response) =>
    response.writeHead(code, { location }).end();

/** A few kilobytes that unpack to many megabytes. */
export const gzipBomb =
  (body: Buffer): Reply =>
  (response) =>
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      .end(gzipSync(body));

/** Sends headers and one byte, and nothing more for ever. */
export const neverEnding: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{');
};

/** Does not answer at all. */
export const silence: Reply = () => undefined;

/** Ends the connection in the middle of the body. */
export const cutOff: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"keys":[', () => response.destroy());
};

/** Sends without end, as fast as it is read. */
export const flood: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536, ' ')));
  };
  response.on('drain', more);
  more();
};

/** Nobody waits five seconds for a server that says nothing: all time limits are a fiftieth of what they were. */
export function hurryTimeouts(): void {
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  const hurried = (ms: number): AbortSignal => timeout(ms / 50);
  jest.spyOn(AbortSignal, 'timeout').mockImplementation(hurried);
}

/** The same for timers: all waits are a fiftieth of what they were, until mocks are restored. */
export function hurryTimers(): void {
  const { setTimeout: set } = globalThis;
  const hurried = (work: () => void, ms = 0, ...given: unknown[]) => set(work, ms / 50, ...given);
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(Object.assign(hurried, set));
}
