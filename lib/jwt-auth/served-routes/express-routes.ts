import { type Layer, layersOf, stackOf } from '../../common/express-layers.js';
import { isOfController, type ServedRoute, tidied } from './served-route.js';

/** `all()` of an application makes a route for each method that there is. */
const MAX_NAMED = 20;

interface FoundRoute extends ServedRoute {
  readonly handler?: object | undefined;
}

/** What tells the layers that Nest has put there. */
export interface LayersOfNest {
  /** How many layers there were when Nest began with its own: middleware, then controllers. */
  readonly before: number;
  /** Whether the application has a prefix. What Nest answers to unknown paths is then a router of its own, and comes last. */
  readonly hasPrefix: boolean;
}

/**
 * What an Express application answers itself: its routes, those of its routers, static files and applications in it.
 * Middleware that answers cannot be told from other middleware.
 */
export function expressRoutes(application: object, ofNest: LayersOfNest): ServedRoute[] {
  const layers = layersOf(application) ?? [];
  const last = layers.findLastIndex(isController);
  const notFound = ofNest.hasPrefix ? lastFallbackIn(layers) : undefined;
  return layers
    .filter((_, index) => index < ofNest.before || index > last)
    .flatMap((layer) => routesOf(layer, '', new Set()))
    .filter(({ handler }) => notFound === undefined || handler !== notFound)
    .map(({ method, path }) => ({ method, path }));
}

/** @param within the routers on the way here, as one may lead to itself */
function routesOf(layer: Layer, prefix: string, within: ReadonlySet<object>): FoundRoute[] {
  const { name, handle = {}, route } = layer;
  if (isController(layer)) return [];
  if (route) {
    const handler = route.stack?.[0]?.handle;
    return [route.path].flat(Infinity).flatMap((path) => {
      const whole = typeof path === 'string' ? tidied(prefix + path) : prefix + String(path);
      return methodsOf(route.methods).map((method) => ({ method, path: whole, handler }));
    });
  }
  const below = prefix + mountOf(layer);
  if (name === 'serveStatic') return [{ method: 'static files', path: tidied(`${below}/*`) }];
  if (name === 'mounted_app') return [{ method: 'ALL', path: tidied(`${below}/*`) }];
  if (name !== 'router' || within.has(handle)) return [];
  return (stackOf(handle) ?? []).flatMap((inner) =>
    routesOf(inner, below, new Set([...within, handle])),
  );
}

/** The function that is asked for whatever came so far, and nothing else is in its router. */
function lastFallbackIn(layers: readonly Layer[]): object | undefined {
  const inner = layers
    .filter(({ name }) => name === 'router')
    .map(({ handle }) => stackOf(handle) ?? []);
  const last = inner.findLast(([layer]) => layer?.route?.path === '*path');
  return last?.[0]?.route?.stack?.[0]?.handle;
}

function isController({ route }: Layer): boolean {
  return route?.stack?.some(({ handle }) => isOfController(handle)) ?? false;
}

function methodsOf(methods: Readonly<Record<string, unknown>> = {}): string[] {
  const names = Object.keys(methods).filter((name) => methods[name]);
  return names.includes('_all') || names.length > MAX_NAMED
    ? ['ALL']
    : names.map((name) => name.toUpperCase());
}

/** Older routers keep no more of a path than what matches it. */
function mountOf(layer: Layer): string {
  if (!('rawPath' in layer)) return '/…';
  return layer.rawPath === '/' ? '' : [layer.rawPath].flat(Infinity).map(String).join('|');
}
