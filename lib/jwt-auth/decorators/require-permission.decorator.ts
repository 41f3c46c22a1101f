import { rightsRequirement } from '../authorization/rights.requirement.js';
import { checkedNames } from './checked-names.js';
import { declareAccess } from './declare-access.js';

const PERMISSION = { one: 'permission', example: 'read:orders' };

/**
 * Opens a controller or a handler only to access tokens that have **all** of these permissions. They come from the claims
 * that the option `permissionClaims` names, and are compared exactly. What the class and the method ask for add up.
 *
 * @example
 * ```ts
 * @Get()
 * @RequirePermission('read:orders')
 * list() {}
 * ```
 * @throws {TypeError} when there is no permission
 */
export function RequirePermission(...permissions: string[]): ClassDecorator & MethodDecorator {
  const names = checkedNames('RequirePermission', permissions, PERMISSION);
  return declareAccess('required', rightsRequirement('permission', names, 'all'));
}

/**
 * Opens a controller or a handler to access tokens that have **one** of these permissions.
 *
 * @throws {TypeError} when there is no permission
 */
export function RequireAnyPermission(...permissions: string[]): ClassDecorator & MethodDecorator {
  const names = checkedNames('RequireAnyPermission', permissions, PERMISSION);
  return declareAccess('required', rightsRequirement('permission', names, 'any'));
}
