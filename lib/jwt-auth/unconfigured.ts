import { type ExecutionContext, InternalServerErrorException, Logger } from '@nestjs/common';
import type { RequestOfApplication } from './per-application.js';

const logger = new Logger('JwtAuthModule');
const told = new WeakSet<object>();
/** Stands for all that are not served over HTTP. */
const NO_APPLICATION = {};

/**
 * Refuses what comes to a guard in an application without `JwtAuthModule`: by whose rules, nobody has said.
 *
 * @throws {InternalServerErrorException} over HTTP, 500: it is not the client's fault
 */
export function refuseUnconfigured(context: ExecutionContext): false {
  const isHttp = context.getType() === 'http';
  const { app, server }: RequestOfApplication = Object(isHttp && context.getArgByIndex(0));
  tellUnconfigured(app ?? server);
  // With other transports Nest would log an exception for each message.
  if (!isHttp) return false;
  throw new InternalServerErrorException();
}

/** Once for each application. */
export function tellUnconfigured(application: object = NO_APPLICATION): void {
  if (told.has(application)) return;
  told.add(application);
  logger.error(
    'JwtAuthModule is not imported, so every request to a handler with its guard, @OptionalAuth() or @Require… is refused, and every other handler is open, also with @AccessToken(). Import JwtAuthModule.forRoot({ issuer, audience }) in AppModule. In a test of one controller, import it with a publicKey of the test, or give the test module a guard: { provide: JwtAuthGuard, useValue: { canActivate: () => true } }.',
  );
}
