import { applyDecorators, UseGuards } from '@nestjs/common';
import { type AccessMode, ownDeclaration, setDeclaration } from '../access-declaration.js';
import type { Requirement } from '../authorization/requirement.js';
import { JwtAuthGuard } from '../jwt-auth.guard.js';

/**
 * Makes a decorator that adds to what is declared on a class or method, and brings the guard along, so that no
 * decorator of ours is ever without effect.
 *
 * @internal
 * @throws {TypeError} when the class or method says both that a token is needed and that it is not
 */
export function declareAccess(
  mode: AccessMode,
  ...requirements: readonly Requirement[]
): ClassDecorator & MethodDecorator {
  const declare = (
    target: object,
    _key?: string | symbol,
    descriptor?: PropertyDescriptor,
  ): void => {
    const subject: { readonly name?: string } = descriptor?.value ?? target;
    const before = ownDeclaration(subject);
    if (before.mode !== undefined && before.mode !== mode) {
      throw new TypeError(
        `${subject.name} has decorators that contradict each other: use one of @Public(), @OptionalAuth() and the @Require... decorators`,
      );
    }
    setDeclaration(subject, { mode, requirements: [...before.requirements, ...requirements] });
  };
  return applyDecorators(declare, UseGuards(JwtAuthGuard));
}
