import type { MetadataScanner } from '@nestjs/core';
import type { Handler } from './handler.js';
import type { HandlerHost } from './handler-host.js';

/** The keys under which @nestjs/microservices and @nestjs/websockets keep what their decorators are told. */
const PATTERNS = 'microservices:pattern';
const HANDLER_TYPE = 'microservices:handler_type';
const IS_GATEWAY = 'websockets:is_gateway';
const IS_MESSAGE = 'websockets:message_mapping';
const MESSAGE = 'message';

const EVENT = 2;

/** Message and event patterns of a controller, methods of gRPC services and handlers of transports of the application's own. */
export function rpcHandlers(
  { type, instance, prototype }: HandlerHost,
  scanner: MetadataScanner,
): Handler[] {
  return scanner.getAllMethodNames(prototype).flatMap((name) => {
    const declared = Object(prototype[name]);
    const patterns: unknown = Reflect.getMetadata(PATTERNS, declared);
    if (patterns === undefined) return [];
    return [patterns].flat().map((pattern) => ({
      kind: 'rpc',
      type,
      handler: Object(instance[name]),
      name,
      method: isEventHandler(declared) ? 'EVENT' : isGrpcMethod(pattern) ? 'GRPC' : 'MESSAGE',
      path: textOf(pattern),
      runsGuards: true,
    }));
  });
}

/** The messages that a gateway subscribes to. */
export function gatewayHandlers(host: HandlerHost, scanner: MetadataScanner): Handler[] {
  if (!isGateway(host)) return [];
  const { type, prototype } = host;
  return scanner.getAllMethodNames(prototype).flatMap((name) => {
    // Nest calls what the class has, whatever the instance has been given since.
    const handler = Object(prototype[name]);
    if (!Reflect.hasMetadata(IS_MESSAGE, handler)) return [];
    const path = textOf(Reflect.getMetadata(MESSAGE, handler));
    return [{ kind: 'ws', type, handler, name, method: 'MESSAGE', path, runsGuards: true }];
  });
}

/** Whether Nest subscribes to messages for it. */
export function isGateway({ type, isMadeByNest }: HandlerHost): boolean {
  return isMadeByNest && Reflect.hasMetadata(IS_GATEWAY, type);
}

/** Whether nobody waits for what it answers. */
export function isEventHandler(handler: object): boolean {
  return Reflect.getMetadata(HANDLER_TYPE, handler) === EVENT;
}

interface GrpcMethod {
  readonly service: string;
  readonly rpc: string;
}

function isGrpcMethod(pattern: unknown): pattern is GrpcMethod {
  return (
    typeof pattern === 'object' && pattern !== null && 'service' in pattern && 'rpc' in pattern
  );
}

/** Patterns are texts, numbers, regular expressions or objects. */
function textOf(pattern: unknown): string {
  if (isGrpcMethod(pattern)) return `${pattern.service}/${pattern.rpc}`;
  if (typeof pattern === 'string') return pattern;
  if (pattern instanceof RegExp) return pattern.toString();
  try {
    return JSON.stringify(pattern) ?? typeof pattern;
  } catch {
    return '(a pattern that is no text)';
  }
}
