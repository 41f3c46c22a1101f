import { type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { isEventHandler } from '../audit/message-handlers.js';
import { MissingTokenError } from '../errors.js';
import { HandlerNames } from '../handler-names.js';

/** What is to be known of a handler when it is refused. */
interface Refused {
  readonly name: string;
  /** Whether nobody waits for an answer. */
  readonly isEvent: boolean;
}

/** Refuses what comes over transports whose credentials nobody knows how to read, whatever the payload says. */
@Injectable()
export class ClosedTransports {
  private readonly logger = new Logger('JwtAuthModule');
  private readonly told = new WeakMap<object, Set<string>>();
  private readonly known = new WeakMap<object, Refused>();

  constructor(private readonly names: HandlerNames) {}

  /**
   * Tells of it once for each handler, as strangers can send as many messages as they like.
   *
   * @throws {MissingTokenError} where nobody waits for an answer: what else is refused there, Nest logs as an error
   *   with its stack, message by message
   */
  refuse(context: ExecutionContext): false {
    const handler = context.getHandler();
    const refused = this.known.get(handler) ?? this.find(context);
    this.known.set(handler, refused);
    this.tell(context, refused.name);
    if (refused.isEvent) throw new MissingTokenError();
    return false;
  }

  private tell(context: ExecutionContext, name: string): void {
    const type = context.getClass();
    const refused = `${type.name}.${name} was refused`;
    const told = this.told.get(type) ?? new Set();
    this.told.set(type, told);
    if (told.has(name)) return this.logger.debug(refused);
    told.add(name);
    this.logger.warn(
      `${refused}: access tokens are read from HTTP requests only, not from ${sourceOf(context)}. Mark it @Public() if it is protected by other means. This is told once for each handler.`,
    );
  }

  /** The function may be another one than that of the class: without its metadata, and with a name of its own. */
  private find(context: ExecutionContext): Refused {
    const type = context.getClass();
    const handler = context.getHandler();
    const names = this.names.of(type, handler, context);
    const methods = names.map((name) => Object(Reflect.get(Object(type.prototype), name)));
    return {
      name: names[0] ?? handler.name,
      isEvent: [handler, ...methods].some((method) => isEventHandler(method)),
    };
  }
}

/** A library that has Nest call handlers for it, and does not say what for, calls them in the name of HTTP. */
function sourceOf(context: ExecutionContext): string {
  const type = context.getType<string>();
  return type === 'http' ? 'what another library has Nest call' : type;
}
