import type { AccessRule } from '../access-rule.js';
import type { HttpRoute } from './http-routes.js';

/** One HTTP route and what it asks of a request. */
export interface AuditedRoute {
  /** Such as `GET`; `ALL` for every method. */
  readonly method: string;
  /** As the controller and the handler declare it: without global prefix, version and prefixes of modules. */
  readonly path: string;
  /** The name of the class. */
  readonly controller: string;
  /** The name of the method. */
  readonly handler: string;
  /**
   * Whether a token is needed: `'required'`; `'optional'`; `'public'`, where it is not looked at; `'unguarded'`, where
   * `protect: 'decorated'` leaves the handler alone.
   */
  readonly access: 'required' | 'optional' | 'public' | 'unguarded';
  /** What is asked, in words: `scope orders.read, a user`. */
  readonly rule: string;
  /** The scopes in it, but for those that depend on the request. */
  readonly scopes: readonly string[];
  /**
   * Whether the handler or its class has a decorator of this module, `@UseGuards(JwtAuthGuard)`, or `AuthGuard` with the
   * strategy of this module.
   */
  readonly decided: boolean;
}

/** @internal */
export function audited(
  { type, name, method, path }: HttpRoute,
  rule: AccessRule,
  protect: 'everything' | 'decorated',
): AuditedRoute {
  const { decided } = rule;
  const access = protect === 'decorated' && !decided ? 'unguarded' : rule.mode;
  const open = access === 'public' || access === 'unguarded';
  return Object.freeze({
    method,
    path,
    controller: type.name,
    handler: name,
    access,
    rule: describe(access, rule),
    scopes: Object.freeze(open ? [] : [...rule.scopes]),
    decided,
  });
}

/** One line, in the words of {@link AuditedRoute.access}. @internal */
export function summaryOf(routes: readonly AuditedRoute[]): string {
  const counts = (['required', 'optional', 'public', 'unguarded'] as const)
    .map((access) => ({ access, count: routes.filter((route) => route.access === access).length }))
    .filter(({ count, access }) => count > 0 || access === 'required')
    .map(({ count, access }) => `${count} ${access}`);
  const undecided = routes.filter(({ decided }) => !decided).length;
  return `Access to ${routes.length} routes: ${counts.join(', ')}; ${undecided} undecided`;
}

function describe(access: AuditedRoute['access'], { requirements }: AccessRule): string {
  if (access === 'public') return 'public';
  if (access === 'unguarded') return 'not guarded';
  const asked = requirements.map(({ description }) => description).join(', ') || 'any valid token';
  return access === 'optional' ? `no token, or ${asked}` : asked;
}
