import { isScope } from '../verification/scopes.js';
import { declareAccess } from './declare-access.js';

/**
 * Opens a controller or a handler only to access tokens that have **all** of these scopes. What the class asks for
 * and what the method asks for add up.
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
export function RequireScope(...scopes: string[]): ClassDecorator & MethodDecorator {
  return declareAccess('required', { scopes: checked('RequireScope', scopes), match: 'all' });
}

/**
 * Opens a controller or a handler to access tokens that have **one** of these scopes.
 *
 * @example
 * ```ts
 * @Get()
 * @RequireAnyScope('orders.read', 'orders.admin')
 * list() {}
 * ```
 * @throws {TypeError} when there is no scope, or one is not a single scope (RFC 6749 section 3.3)
 */
export function RequireAnyScope(...scopes: string[]): ClassDecorator & MethodDecorator {
  return declareAccess('required', { scopes: checked('RequireAnyScope', scopes), match: 'any' });
}

function checked(decorator: string, scopes: readonly string[]): readonly string[] {
  if (scopes.length === 0)
    throw new TypeError(`@${decorator}() names no scope: write @${decorator}('orders.read')`);
  const wrong = scopes.find((scope) => typeof scope !== 'string' || !isScope(scope));
  if (wrong !== undefined) {
    throw new TypeError(
      `@${decorator}(): ${JSON.stringify(wrong)} is not one scope: write @${decorator}('a', 'b') for two`,
    );
  }
  return scopes;
}
