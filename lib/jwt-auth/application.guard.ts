import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { AccessGate } from './access-gate.js';

/** The guard of the whole application: {@link JwtAuthGuard}, where the option `protect` wants one. */
@Injectable()
export class ApplicationGuard implements CanActivate {
  constructor(private readonly gate: AccessGate) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return this.gate.admitUnlessUndecorated(context);
  }
}
