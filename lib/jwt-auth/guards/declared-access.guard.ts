import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  type OnModuleInit,
  Optional,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { markDeclaredGuard } from './carried-guards.js';
import { refuseUnconfigured, tellUnconfigured } from '../unconfigured.js';

/**
 * The guard that the decorators bring along: a class of its own, so that a handler which has it, and of which no
 * declaration can be found, gives itself away.
 *
 * All it needs is optional, as a unit test of a controller has nothing but the controller.
 */
@Injectable()
export class DeclaredAccessGuard implements CanActivate, OnModuleInit {
  constructor(
    @Optional() @Inject(JwtAuthGuard) private readonly guard: CanActivate | undefined,
    @Optional() @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost | undefined,
  ) {}

  onModuleInit(): void {
    if (!this.guard) tellUnconfigured(this.host?.httpAdapter?.getInstance());
  }

  canActivate(context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    // Through the guard that is exported, so that a test which replaces it replaces this one too.
    return this.guard ? this.guard.canActivate(context) : refuseUnconfigured(context);
  }
}

markDeclaredGuard(DeclaredAccessGuard);
