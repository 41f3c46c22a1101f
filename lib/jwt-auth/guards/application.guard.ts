import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { AccessGate } from './access-gate.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';

/** The guard of the whole application: {@link JwtAuthGuard}, where the option `protect` wants one. */
@Injectable()
export class ApplicationGuard implements CanActivate {
  constructor(
    private readonly gate: AccessGate,
    private readonly guard: JwtAuthGuard,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    // Through the guard that is exported, so that a test which replaces it replaces this one too.
    return this.gate.isLeftAlone(context) || this.guard.canActivate(context);
  }
}
