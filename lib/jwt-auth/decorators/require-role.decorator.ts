import { rightsRequirement } from '../authorization/rights.requirement.js';
import { checkedNames } from './checked-names.js';
import { declareAccess } from './declare-access.js';

const ROLE = { one: 'role', example: 'admin' };

/**
 * Opens a controller or a handler only to access tokens that have **all** of these roles. They come from the claims that
 * the option `roleClaims` names, and are compared exactly. What the class and the method ask for add up.
 *
 * @example
 * ```ts
 * @Delete(':id')
 * @RequireRole('admin')
 * remove() {}
 * ```
 * @throws {TypeError} when there is no role
 */
export function RequireRole(...roles: string[]): ClassDecorator & MethodDecorator {
  const names = checkedNames('RequireRole', roles, ROLE);
  return declareAccess('required', rightsRequirement('role', names, 'all'));
}

/**
 * Opens a controller or a handler to access tokens that have **one** of these roles.
 *
 * @throws {TypeError} when there is no role
 */
export function RequireAnyRole(...roles: string[]): ClassDecorator & MethodDecorator {
  const names = checkedNames('RequireAnyRole', roles, ROLE);
  return declareAccess('required', rightsRequirement('role', names, 'any'));
}
