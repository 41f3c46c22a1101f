import { ACCESS_METADATA } from '../common/public-route.js';
import type { Requirement } from './authorization/requirement.js';

/** Whether a token is needed at all. */
export type AccessMode = 'public' | 'optional' | 'required';

/** What the decorators of one class or one method say. */
export interface AccessDeclaration {
  /** Nothing where no decorator speaks. */
  readonly mode?: AccessMode | undefined;
  readonly requirements: readonly Requirement[];
}

const NOTHING: AccessDeclaration = { requirements: [] };

/** What has been declared on this very class or method. */
export function ownDeclaration(target: object): AccessDeclaration {
  const declared: AccessDeclaration | undefined = Reflect.getOwnMetadata(ACCESS_METADATA, target);
  return declared ?? NOTHING;
}

/** Replaces what has been declared on a class or a method. */
export function setDeclaration(target: object, declaration: AccessDeclaration): void {
  Reflect.defineMetadata(ACCESS_METADATA, declaration, target);
}

/** What a class says, on top of what the classes it extends say. */
export function declarationOfClass(type: object): AccessDeclaration {
  const parent: unknown = Object.getPrototypeOf(type);
  const inherited =
    typeof parent === 'function' && parent !== Function.prototype
      ? declarationOfClass(parent)
      : NOTHING;
  return override(inherited, ownDeclaration(type));
}

/** What holds inside: it beats what is outside where they disagree on the mode; requirements add up. */
export function override(outer: AccessDeclaration, inner: AccessDeclaration): AccessDeclaration {
  return {
    mode: inner.mode ?? outer.mode,
    requirements: [...outer.requirements, ...inner.requirements],
  };
}
