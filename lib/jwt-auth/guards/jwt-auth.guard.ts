import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  Optional,
} from '@nestjs/common';
import { markAskingGuard } from './carried-guards.js';
import { GUARD_IN_USE } from '../jwt-auth.tokens.js';
import { refuseUnconfigured } from '../unconfigured.js';

/** Decides for all the instances of the guard that an application has, Nest making one for each module. */
export interface GuardInUse {
  /** @param asked the instance that Nest has asked */
  decide(asked: CanActivate, context: ExecutionContext): boolean | Promise<boolean>;
}

/**
 * Lets a request through only with a valid access token that has the scopes which the decorators ask for.
 * With `protect: 'everything'` it guards the whole application, and each decorator of this module brings
 * it along, so `@UseGuards(JwtAuthGuard)` is only needed with `protect: 'decorated'` where a token is all
 * that is asked for.
 *
 * A test that replaces it, by `overrideProvider(JwtAuthGuard)` or `overrideGuard(JwtAuthGuard)`, replaces it in all of
 * these places. Where `JwtAuthModule` is not imported, it refuses every request with 500.
 */
@Injectable()
export class JwtAuthGuard implements CanActivate {
  // Not by the constructor: a class that extends this one may have another.
  @Optional()
  @Inject(GUARD_IN_USE)
  private readonly inUse: GuardInUse | undefined;

  /** @throws {RequestRefusedError} 400, 401, 403 or 503, with `WWW-Authenticate` on the response */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return this.inUse ? this.inUse.decide(this, context) : refuseUnconfigured(context);
  }
}

markAskingGuard(JwtAuthGuard);
