import { declarationByName, declarationOfFunction } from '../authorization/access-declaration.js';
import { hasAskingGuard } from '../guards/carried-guards.js';
import type { Finding } from './coverage.js';
import type { HandlerHost } from './handler-host.js';

const ENHANCERS =
  "Set fieldResolverEnhancers: ['guards'] in the options of GraphQLModule, so that Nest runs guards there";

/**
 * Handlers that Nest runs no guards for though something is asked of them: a decorator is never without effect.
 * References of a federation, and fields of root types that have another name than the usual one, are asked for by
 * everybody who can reach the endpoint, so they are none of those fields that come with a query.
 */
export function reachFaults(
  findings: readonly Finding[],
  protect: 'everything' | 'decorated',
): string[] {
  return findings
    .filter(({ handler, rule }) => !handler.runsGuards && rule.mode !== 'public')
    .flatMap(({ route }) => {
      const name = `${route.controller}.${route.handler} (${route.path})`;
      if (route.declared) {
        return `${name} has a decorator, or its class has, which would be without effect: GraphQL resolves it without guards. ${ENHANCERS}, or mark it @Public() if the query that leads to it decides.`;
      }
      if (route.method === 'FIELD' || protect === 'decorated') return [];
      return `${name} would be open to everybody: GraphQL resolves it without guards. ${ENHANCERS}, or mark it @Public() if it is protected by other means.`;
    });
}

/** Handlers that Nest binds in a way in which it does not find the guard. None is known. */
export function unguardedFaults(
  findings: readonly Finding[],
  isGuarded: (finding: Finding) => boolean,
): string[] {
  return findings
    .filter(({ handler: { kind } }) => kind === 'ws' || kind === 'rpc')
    .filter(({ route: { access } }) => access === 'required' || access === 'optional')
    .filter((finding) => !isGuarded(finding))
    .map(
      ({ route: { controller, handler, path } }) =>
        `${controller}.${handler} (${path}) cannot be guarded: Nest does not call it on an instance of a class that it knew when it looked for guards. Let Nest make ${controller} from its class, in a module that is not loaded lazily.`,
    );
}

/** What Nest calls on a gateway with each connection, without a guard. */
const HOOKS = ['afterInit', 'handleConnection', 'handleDisconnect'];

/** Decorators on what is called with each connection: whoever puts them there takes connecting for guarded. */
export function hookFaults(gateways: readonly HandlerHost[], strategyName: string): string[] {
  return gateways.flatMap(({ type, prototype }) =>
    HOOKS.filter((name) => isClosed(type, name, prototype[name], strategyName)).map(
      (name) =>
        `${type.name}.${name} has a decorator which would be without effect: Nest runs no guards when somebody connects. Put it on ${type.name} or on its messages, and check connections in a middleware of the WebSocket server.`,
    ),
  );
}

function isClosed(type: object, name: string, method: unknown, strategyName: string): boolean {
  if (typeof method !== 'function') return false;
  const declarations = [declarationOfFunction(method), declarationByName(type, name)];
  return (
    hasAskingGuard(method, strategyName) ||
    declarations.some(({ mode }) => mode === 'required' || mode === 'optional')
  );
}
