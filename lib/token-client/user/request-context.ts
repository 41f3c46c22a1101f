import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { runFor } from '../../common/current-request.js';

/** What is used of an application with Fastify. */
interface FastifyHooks {
  addHook(
    name: 'preHandler',
    hook: (request: object, reply: object, done: () => void) => void,
  ): void;
}

/**
 * Lets everything that happens for a request know it: guards, pipes, interceptors, handlers and filters.
 * With Express this is a middleware. With Fastify it is the last hook before the handler: what reads the
 * body in between comes back in a context of its own, and would have lost a request noted earlier.
 */
@Injectable()
export class RequestContext {
  #open = false;

  constructor(private readonly host: HttpAdapterHost) {}

  /** From now on. To be called while the application starts; not before somebody needs it, as it costs a little. */
  open(): void {
    if (this.#open) return;
    this.#open = true;
    // At once where the adapter is there; under test it comes after the providers, without HTTP never.
    this.host.init$.subscribe(() => this.install());
  }

  private install(): void {
    const httpAdapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | null;
    if (!httpAdapter) return;
    const instance: unknown = httpAdapter.getInstance();
    if (httpAdapter.getType() === 'fastify' && hasHooks(instance)) {
      instance.addHook('preHandler', (request, _reply, done) => runFor({ request }, done));
    } else {
      httpAdapter.use((request: object, _response: object, next: () => void) =>
        runFor({ request }, next),
      );
    }
  }
}

function hasHooks(instance: unknown): instance is FastifyHooks {
  return typeof instance === 'object' && instance !== null && 'addHook' in instance;
}
