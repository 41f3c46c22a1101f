import {
  declarationByName,
  declarationOfFunction,
  declarationOfThisClass,
} from '../authorization/access-declaration.js';
import type { AccessRule } from '../authorization/access-rule.js';
import type { AuditedRoute } from './audited-route.js';
import type { Handler } from './handler.js';

/** A handler, what its decorators say, and how that is shown. */
export interface Finding {
  readonly handler: Handler;
  readonly rule: AccessRule;
  readonly route: AuditedRoute;
}

/** Handlers that nobody has decided about, or that are open only because a class that theirs extends is. */
export function coverageFaults(findings: readonly Finding[]): string[] {
  return [
    ...findings.filter(({ route }) => !route.declared).map(({ route }) => undecided(route)),
    ...inheritedOpenness(findings),
  ];
}

function undecided({ kind, controller, handler, method, path }: AuditedRoute): string {
  const anyToken =
    kind === 'http' ? ', or @UseGuards(JwtAuthGuard) where any valid token will do' : '';
  return `strictCoverage: ${controller}.${handler} (${method} ${path}) has no decorator, and neither has its class. Decide: @Public(), @OptionalAuth(), a @Require... decorator${anyToken}.`;
}

/** A class that is `@Public()` opens whatever subclasses add: what they add was not known to whoever decided. */
function inheritedOpenness(findings: readonly Finding[]): string[] {
  const open = new Map<Handler['type'], Set<string>>();
  for (const { handler, rule } of findings) {
    const { type, name } = handler;
    if (rule.mode !== 'public' || decidesItself(handler)) continue;
    open.set(type, (open.get(type) ?? new Set()).add(name));
  }
  return [...open].map(
    ([type, names]) =>
      `strictCoverage: ${type.name} (${[...names].join(', ')}) is open only because a class that it extends is @Public(). Decide on ${type.name} or its handlers: @Public(), @OptionalAuth() or a @Require... decorator.`,
  );
}

/** Whether a decorator stands on this very class, or on the handler. */
function decidesItself({ type, handler, name }: Handler): boolean {
  return [
    declarationOfThisClass(type),
    declarationByName(type, name),
    declarationOfFunction(handler),
  ].some(({ mode }) => mode !== undefined);
}
