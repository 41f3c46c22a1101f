import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { markDeclaredGuard } from './carried-guards.js';

/**
 * The guard that the decorators bring along: a class of its own, so that a handler which has it, and of which no
 * declaration can be found, gives itself away.
 */
@Injectable()
export class DeclaredAccessGuard implements CanActivate {
  /** Nest names it where JwtAuthModule is missing: let it be the name that users know. */
  static readonly name = 'JwtAuthGuard';

  constructor(private readonly guard: JwtAuthGuard) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    // Through the guard that is exported, so that a test which replaces it replaces this one too.
    return this.guard.canActivate(context);
  }
}

markDeclaredGuard(DeclaredAccessGuard);
