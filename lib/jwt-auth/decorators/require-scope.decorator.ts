import {
  computedScopesRequirement,
  type ScopesOfRequest,
} from '../authorization/computed-scopes.requirement.js';
import type { Requirement } from '../authorization/requirement.js';
import { rightsRequirement } from '../authorization/rights.requirement.js';
import { isScope } from '../verification/scopes.js';
import { shown } from './checked-names.js';
import { declareAccess } from './declare-access.js';

/**
 * Opens a controller or a handler only to access tokens that have **all** of these scopes. What the class asks for
 * and what the method asks for add up.
 *
 * A function in place of the scopes works them out from the request, at once or later. If what it gives is not
 * a scope or a list of scopes, the answer is 403 and the log says why; what it throws is answered like any exception.
 *
 * @example
 * ```ts
 * @Controller('orders')
 * @RequireScope('orders.read')
 * export class OrdersController {
 *   @Post()
 *   @RequireScope('orders.write') // needs both
 *   create() {}
 * }
 * ```
 * @throws {TypeError} when there is no scope, or one is not a single scope (RFC 6749 section 3.3)
 */
export function RequireScope(
  ...scopes: string[] | [compute: ScopesOfRequest]
): ClassDecorator & MethodDecorator {
  return declareAccess('required', requirement('RequireScope', scopes, 'all'));
}

/**
 * Opens a controller or a handler to access tokens that have **one** of these scopes, or of those that a function
 * works out from the request.
 *
 * @example
 * ```ts
 * @Get()
 * @RequireAnyScope('orders.read', 'orders.admin')
 * list() {}
 * ```
 * @throws {TypeError} when there is no scope, or one is not a single scope (RFC 6749 section 3.3)
 */
export function RequireAnyScope(
  ...scopes: string[] | [compute: ScopesOfRequest]
): ClassDecorator & MethodDecorator {
  return declareAccess('required', requirement('RequireAnyScope', scopes, 'any'));
}

function requirement(
  decorator: string,
  scopes: readonly (string | ScopesOfRequest)[],
  match: 'all' | 'any',
): Requirement {
  const [first] = scopes;
  return typeof first === 'function' && scopes.length === 1
    ? computedScopesRequirement(first, match)
    : rightsRequirement('scope', checked(decorator, scopes), match);
}

function checked(decorator: string, scopes: readonly unknown[]): readonly string[] {
  if (scopes.length === 0)
    throw new TypeError(`@${decorator}() names no scope: write @${decorator}('orders.read')`);
  return scopes.map((scope) => {
    if (typeof scope === 'string' && isScope(scope)) return scope;
    throw new TypeError(
      `@${decorator}(): ${shown(scope)} is not one scope: write @${decorator}('a', 'b') for two`,
    );
  });
}
