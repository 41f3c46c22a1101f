import { isOfController, type ServedRoute } from './served-route.js';

/** As much of Fastify as tells of its routes. */
interface Fastify {
  addHook(
    name: 'onRoute',
    hook: (route: { method: string | string[]; url: string; handler: unknown }) => void,
  ): unknown;
  addHook(name: 'onReady', hook: () => Promise<void>): unknown;
}

/** Preflight requests, and what Fastify adds to each GET. */
const WITHOUT_CONTENT = new Set(['OPTIONS', 'HEAD']);

/** Notes what is put on a Fastify instance from now on, by plugins too. Earlier routes cannot be listed. */
export class FastifyRoutes {
  private readonly found: ServedRoute[] = [];
  private readonly waiting = new Set<(routes: readonly ServedRoute[]) => void>();

  constructor(fastify: Fastify) {
    fastify.addHook('onRoute', ({ method, url, handler }) => {
      if (isOfController(handler)) return;
      const mayBeOfController = url.includes(':');
      for (const name of [method].flat())
        if (!WITHOUT_CONTENT.has(name))
          this.found.push({ method: name, path: url, mayBeOfController });
    });
    fastify.addHook('onReady', async () => {
      for (const tell of this.waiting) tell(this.found);
    });
  }

  /** Plugins are loaded when the application begins to listen, after all hooks of Nest. */
  whenReady(tell: (routes: readonly ServedRoute[]) => void): void {
    this.waiting.add(tell);
  }
}
