import { Injectable, type MiddlewareConsumer } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { currentWork, runFor } from '../common/current-request.js';

/** What is used of an application with Fastify. */
interface FastifyHooks {
  addHook(
    name: 'preHandler',
    hook: (request: object, reply: object, done: () => void) => void,
  ): void;
}

/**
 * Lets everything that happens for a request know it: guards, pipes, interceptors, handlers and filters.
 *
 * As late as can be before the guards, and after the sessions: what waits in between, a session store or
 * the reader of the body, may come back in the context of another request. With Express that is a middleware of the
 * module, with Fastify the last hook before the handler.
 */
@Injectable()
export class RequestContext {
  #wanted = false;
  #applied = false;

  constructor(private readonly host: HttpAdapterHost) {}

  /** Which application this is, as its requests know it; nothing without HTTP. */
  get application(): object | undefined {
    // Null without HTTP, whatever the type says.
    const adapter: { getInstance(): object } | null = this.host.httpAdapter;
    return adapter?.getInstance();
  }

  /** The request that work is done for at the moment, if it is one of this application. */
  get request(): object | undefined {
    const work = currentWork();
    return work?.request && work.application === this.application ? work.request : undefined;
  }

  /** Does work for a request of this application. */
  run<T>(request: object, work: () => T): T {
    return runFor({ request, application: this.application }, work);
  }

  /** To be called while the application starts; not without need, as it costs a little. */
  open(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    // At once where the adapter is there; under test it comes after the providers, without HTTP never.
    this.host.init$.subscribe(() => this.hook());
  }

  /** For the middleware of the module; once, however often the module is imported. */
  apply(consumer: MiddlewareConsumer): void {
    if (!this.#wanted || this.#applied || this.isFastify()) return;
    this.#applied = true;
    consumer
      .apply((request: object, _response: object, next: () => void) => this.run(request, next))
      .forRoutes('{*everything}');
  }

  private hook(): void {
    if (!this.isFastify()) return;
    const instance: unknown = this.host.httpAdapter.getInstance();
    if (!hasHooks(instance)) return;
    instance.addHook('preHandler', (request, _reply, done) => this.run(request, done));
  }

  private isFastify(): boolean {
    // Null without HTTP, whatever the type says.
    const adapter: { getType(): string } | null = this.host.httpAdapter;
    return adapter?.getType() === 'fastify';
  }
}

function hasHooks(instance: unknown): instance is FastifyHooks {
  return typeof instance === 'object' && instance !== null && 'addHook' in instance;
}
