import { type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { isEventHandler } from '../../audit/message-handlers.js';
import { MissingTokenError } from '../../errors.js';
import { HandlerNames, methodsOfClass } from '../../audit/handler-names.js';

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
   * @param fault why it would be refused whatever came with it, if so
   * @throws {MissingTokenError} where nobody waits for an answer: what else is refused there, Nest logs as an error
   *   with its stack, message by message
   */
  refuse(context: ExecutionContext, fault: string | undefined): false {
    const handler = context.getHandler();
    const refused = this.known.get(handler) ?? this.find(context);
    this.known.set(handler, refused);
    this.tell(context, refused.name, fault);
    if (refused.isEvent) throw new MissingTokenError();
    return false;
  }

  private tell(context: ExecutionContext, name: string, fault: string | undefined): void {
    const type = context.getClass();
    const refused = `${type.name}.${name} was refused`;
    const told = this.told.get(type) ?? new Set();
    this.told.set(type, told);
    if (told.has(name)) return this.logger.debug(refused);
    told.add(name);
    const why =
      fault ??
      `access tokens are read from HTTP requests only, not from ${sourceOf(context)}. Mark it @Public() if it is protected by other means.`;
    this.logger.warn(`${refused}: ${why} This is told once for each handler.`);
  }

  /** The function may be another one than that of the class: without its metadata, and with a name of its own. */
  private find(context: ExecutionContext): Refused {
    const type = context.getClass();
    const handler = context.getHandler();
    const names = this.names.of(type, handler, context);
    // Where it cannot be told which of them it is, it may be any.
    const methods = methodsOfClass(type).filter(
      ([name]) => names.length === 0 || names.includes(name),
    );
    return {
      name: names[0] ?? handler.name,
      isEvent: [handler, ...methods.map(([, method]) => method)].some((it) =>
        isEventHandler(Object(it)),
      ),
    };
  }
}

/** A library that has Nest call handlers for it, and does not say what for, calls them in the name of HTTP. */
function sourceOf(context: ExecutionContext): string {
  const type = context.getType<string>();
  return type === 'http' ? 'what another library has Nest call' : type;
}
