import { UseGuards } from '@nestjs/common';
import {
  type AccessMode,
  declareOnClass,
  declareOnMethod,
} from '../authorization/access-declaration.js';
import type { Requirement } from '../authorization/requirement.js';
import { DeclaredAccessGuard } from '../guards/declared-access.guard.js';

/**
 * Makes a decorator that adds to what is declared on a class or method, and brings a guard along, so that no
 * decorator of ours is ever without effect.
 *
 * @internal
 * @throws {TypeError} when the class or method says both that a token is needed and that it is not, or what is decorated
 * is no method
 */
export function declareAccess(
  mode: AccessMode,
  ...requirements: readonly Requirement[]
): ClassDecorator & MethodDecorator {
  const guard = UseGuards(DeclaredAccessGuard);
  return (target: object, name?: string | symbol, given?: PropertyDescriptor): void => {
    if (name === undefined) {
      declareOnClass(target, { mode, requirements });
      Reflect.apply(guard, undefined, [target]);
      return;
    }
    const descriptor = given ?? Object.getOwnPropertyDescriptor(target, name);
    const method: unknown = descriptor?.value;
    if (descriptor === undefined || typeof method !== 'function') {
      throw new TypeError(
        `${String(name)} is not a method, and Nest calls methods only: put the decorator on a method or a class`,
      );
    }
    declareOnMethod(target, name, method, { mode, requirements });
    guard(target, name, descriptor);
  };
}
