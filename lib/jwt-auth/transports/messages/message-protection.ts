import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Subscription } from 'rxjs';
import { HandlerDiscovery } from '../../audit/handler-discovery.js';
import type { Handler } from '../../audit/handler.js';
import { ApplicationGuard } from '../../guards/application.guard.js';
import {
  type Decide,
  guardMessagesOf,
  guardsMessagesOf,
  releaseMessagesOf,
} from './message.guard.js';

/**
 * Guards the handlers of gateways and microservices as the guard of the whole application would, which reaches neither
 * those of microservices that are connected to an HTTP application nor, in Nest 11, those of gateways. With
 * `protect: 'decorated'` too: a function that is bound or replaced on the instance has lost the guards of its method.
 *
 * Nest reads the guards of a handler when it binds it: of gateways, before the first hook of the application runs, so
 * it is done in the constructor; of microservices, after they have been registered.
 */
@Injectable()
export class MessageProtection implements OnApplicationShutdown {
  private readonly guarded = new Set<object>();
  private readonly registrations: Subscription;
  private readonly decide: Decide;
  private hasMicroservices = false;

  constructor(
    modules: ModulesContainer,
    private readonly discovery: HandlerDiscovery,
    guard: ApplicationGuard,
  ) {
    this.decide = (context) => guard.canActivate(context);
    this.guardAll();
    this.registrations = modules.getRpcTargetRegistry().subscribe(() => {
      this.hasMicroservices = true;
      this.guardAll();
    });
  }

  /** Whether the guard is where Nest looks for it. */
  guards({ type }: Handler): boolean {
    return guardsMessagesOf(type, this.decide);
  }

  /** Guards what has come while the application was made, unless Nest may have bound it without a guard. */
  guardLatecomers(): void {
    if (!this.hasMicroservices) this.guard(this.discovery.classesWithMessages());
  }

  /** By then, servers and microservices are closed. */
  onApplicationShutdown(): void {
    this.registrations.unsubscribe();
    for (const type of this.guarded) releaseMessagesOf(type, this.decide);
  }

  private guardAll(): void {
    this.guard(this.discovery.classesOfGateways());
    this.guard(this.discovery.classesWithMessages());
  }

  private guard(types: ReadonlySet<object>): void {
    for (const type of types) {
      guardMessagesOf(type, this.decide);
      this.guarded.add(type);
    }
  }
}
