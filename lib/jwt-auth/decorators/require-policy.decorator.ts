import type { ExecutionContext } from '@nestjs/common';
import type { PolicyType } from '../authorization/authorization-policy.js';
import { policyRequirement } from '../authorization/policy.requirement.js';
import { shown } from './checked-names.js';
import { declareAccess } from './declare-access.js';

/**
 * Opens a controller or a handler only to requests that **all** of these policies allow. They are providers of any
 * module of the application, made once, and asked after everything else. The application does not start
 * when one is missing.
 *
 * @example
 * ```ts
 * @Get(':id')
 * @RequirePolicy(OwnsOrderInPath)
 * show() {}
 * ```
 * @throws {TypeError} when there is no policy, or one is not a class
 */
export function RequirePolicy(
  ...policies: PolicyType<ExecutionContext>[]
): ClassDecorator & MethodDecorator {
  if (policies.length === 0)
    throw new TypeError('@RequirePolicy() names no policy: write @RequirePolicy(SomePolicy)');
  const wrong = policies.findIndex((policy) => typeof policy !== 'function');
  if (wrong >= 0) {
    throw new TypeError(
      `@RequirePolicy(): ${shown(policies[wrong])} is not a class. Does its file import this one in a circle?`,
    );
  }
  return declareAccess('required', ...policies.map(policyRequirement));
}
