import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { AccessGate } from './access-gate.js';
import { markAskingGuard } from './carried-guards.js';

/**
 * Lets a request through only with a valid access token that has the scopes which the decorators ask for.
 * With `protect: 'everything'` it guards the whole application, and each decorator of this module brings
 * it along, so `@UseGuards(JwtAuthGuard)` is only needed with `protect: 'decorated'` where a token is all
 * that is asked for.
 */
@Injectable()
export class JwtAuthGuard implements CanActivate {
  /** @internal */
  constructor(private readonly gate: AccessGate) {}

  /** @throws {RequestRefusedError} 400, 401, 403 or 503, with `WWW-Authenticate` on the response */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return this.gate.admit(context);
  }
}

markAskingGuard(JwtAuthGuard);
