import type { AccessRule } from '../authorization/access-rule.js';
import { type Handler, type HandlerKind, WORDS } from './handler.js';

/** One way to a handler of the application, and what it asks for. */
export interface AuditedRoute {
  /**
   * Over what the handler is reached: `'http'`; `'ws'`, a message of a gateway; `'rpc'`, a message or an event of a
   * microservice, or a method of a gRPC service; `'graphql'`.
   */
  readonly kind: HandlerKind;
  /**
   * Such as `GET`, or `ALL` for every method; `MESSAGE`, `EVENT` or `GRPC`; `QUERY`, `MUTATION`, `SUBSCRIPTION`,
   * `FIELD`, or `REFERENCE` for what resolves references of a federation.
   */
  readonly method: string;
  /**
   * The whole path: with global prefix, version in the URI and prefixes of modules. The pattern of a message as text,
   * `Service/Method` for gRPC, `Query.orders` or `Order.total` for GraphQL.
   */
  readonly path: string;
  /** The version, where it is not part of the path but in a header or a media type; absent where there is none. */
  readonly version?: string | undefined;
  /** The name of the class. */
  readonly controller: string;
  /** The name of the method. */
  readonly handler: string;
  /**
   * Whether a token is needed: `'required'`; `'optional'`; `'public'`, where it is not looked at; `'unguarded'`, where
   * `protect: 'decorated'` leaves the handler alone, or where Nest runs no guards, as before fields of GraphQL. What
   * is `'required'` or `'optional'` on another kind than `'http'` is closed: tokens are read from HTTP requests only.
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
  readonly declared: boolean;
}

/** @internal */
export function audited(
  { kind, type, name, method, path, version, runsGuards }: Handler,
  rule: AccessRule,
  protect: 'everything' | 'decorated',
): AuditedRoute {
  const declared = rule.decided;
  const isLeftAlone =
    (protect === 'decorated' && !declared) || (!runsGuards && rule.mode !== 'public');
  const access = isLeftAlone ? 'unguarded' : rule.mode;
  const open = access === 'public' || access === 'unguarded';
  return Object.freeze({
    kind,
    method,
    path,
    ...(version !== undefined && { version }),
    controller: type.name,
    handler: name,
    access,
    rule: describe(access, rule),
    scopes: Object.freeze(open ? [] : [...rule.scopes]),
    declared,
  });
}

/** One line, in the words of {@link AuditedRoute.access}. @internal */
export function summaryOf(routes: readonly AuditedRoute[]): string {
  const counts = (['required', 'optional', 'public', 'unguarded'] as const)
    .map((access) => ({ access, count: routes.filter((route) => route.access === access).length }))
    .filter(({ count, access }) => count > 0 || access === 'required')
    .map(({ count, access }) => `${count} ${access}`);
  const undeclared = routes.filter(({ declared }) => !declared).length;
  return `Access to ${sumOf(routes)}: ${counts.join(', ')}; ${undeclared} without an access decorator`;
}

/** What is closed whatever a message brings, if there is any. @internal */
export function closedTransports(routes: readonly AuditedRoute[]): string | undefined {
  const closed = routes.filter(
    ({ kind, access }) => kind !== 'http' && (access === 'required' || access === 'optional'),
  );
  if (closed.length === 0) return undefined;
  const verb = closed.length === 1 ? 'is' : 'are';
  return `${counted(closed.length, 'handler')} (${kindsOf(closed)}) ${verb} closed: access tokens are read from HTTP requests only. Mark with @Public() what is protected by other means.`;
}

function sumOf(routes: readonly AuditedRoute[]): string {
  if (routes.every(({ kind }) => kind === 'http')) return counted(routes.length, 'route');
  return `${counted(routes.length, 'handler')} (${kindsOf(routes)})`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function kindsOf(routes: readonly AuditedRoute[]): string {
  return (['http', 'ws', 'rpc', 'graphql'] as const)
    .map((kind) => ({ kind, count: routes.filter((route) => route.kind === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${WORDS[kind]}`)
    .join(', ');
}

function describe(access: AuditedRoute['access'], { requirements }: AccessRule): string {
  if (access === 'public') return 'public';
  if (access === 'unguarded') return 'not guarded';
  const asked = requirements.map(({ description }) => description).join(', ') || 'any valid token';
  return access === 'optional' ? `no token, or ${asked}` : asked;
}
