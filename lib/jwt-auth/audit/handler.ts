import type { Type } from '@nestjs/common';

/** Over what a handler is reached, in the words of Nest's context types: gRPC is `rpc` as well. */
export type HandlerKind = 'http' | 'ws' | 'rpc' | 'graphql';

/** Something of the application that Nest calls when a request or a message comes. */
export interface Handler {
  readonly kind: HandlerKind;
  readonly type: Type;
  /** The function that Nest calls, which may be another one than that of the class. */
  readonly handler: object;
  /** The name of the method. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly version?: string | undefined;
  /** Whether Nest runs guards before it. */
  readonly runsGuards: boolean;
}

/** The kinds in plain words, for lines that people read. */
export const WORDS: Record<HandlerKind, string> = {
  http: 'HTTP',
  ws: 'WebSocket',
  rpc: 'microservice',
  graphql: 'GraphQL',
};
