import { type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { isEventHandler } from '../audit/message-handlers.js';
import { MissingTokenError } from '../errors.js';

/** Refuses what comes over transports whose credentials nobody knows how to read, whatever the payload says. */
@Injectable()
export class ClosedTransports {
  private readonly logger = new Logger('JwtAuthModule');
  private readonly told = new WeakMap<object, Set<string>>();

  /**
   * Tells of it once for each handler, as strangers can send as many messages as they like.
   *
   * @throws {MissingTokenError} where nobody waits for an answer: what else is refused there, Nest logs as an error
   *   with its stack, message by message
   */
  refuse(context: ExecutionContext): false {
    this.tell(context);
    if (isEventHandler(context.getHandler())) throw new MissingTokenError();
    return false;
  }

  private tell(context: ExecutionContext): void {
    const type = context.getClass();
    const name = nameOf(context);
    const refused = `${type.name}.${name} was refused`;
    const told = this.told.get(type) ?? new Set();
    this.told.set(type, told);
    if (told.has(name)) return this.logger.debug(refused);
    told.add(name);
    this.logger.warn(
      `${refused}: access tokens are read from HTTP requests only, not from ${context.getType<string>()}. Mark it @Public() if it is protected by other means. This is told once for each handler.`,
    );
  }
}

/** Decorators may have put a function without a name, or with that of all its kind, in place of the method. */
function nameOf(context: ExecutionContext): string {
  const handler: object = context.getHandler();
  for (
    let prototype: object | null = context.getClass().prototype;
    prototype && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    const found = Object.entries(Object.getOwnPropertyDescriptors(prototype)).find(
      ([, { value }]) => value === handler,
    );
    if (found) return found[0];
  }
  return context.getHandler().name;
}
