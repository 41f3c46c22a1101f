import { ACCESS_METADATA } from '../../common/public-route.js';
import type { Requirement } from './requirement.js';

/** Whether a token is needed at all. */
export type AccessMode = 'public' | 'optional' | 'required';

/** What the decorators of one class or one method say. */
export interface AccessDeclaration {
  /** Nothing where no decorator speaks. */
  readonly mode?: AccessMode | undefined;
  readonly requirements: readonly Requirement[];
}

/** A class, wrapped or not, as far as it is looked at. */
type ClassLike = object & { readonly prototype?: unknown };

export const NOTHING: AccessDeclaration = { requirements: [] };

const STRICTNESS: readonly AccessMode[] = ['public', 'optional', 'required'];

/**
 * What a function says, read as Nest reads metadata: along its prototypes, so that a decorator which wraps the
 * method and hands its metadata on takes nothing away.
 */
export function declarationOfFunction(method: object): AccessDeclaration {
  const declared: AccessDeclaration | undefined = Reflect.getMetadata(ACCESS_METADATA, method);
  return declared ?? NOTHING;
}

/**
 * What has been declared on a method of a class by its name: it is there whatever has become of the function since.
 * A method that overrides another one stands for itself, as with Nest.
 */
export function declarationByName(type: ClassLike, name: PropertyKey): AccessDeclaration {
  for (const prototype of prototypesOf(type)) {
    const declared = own(prototype, name);
    if (declared || isHandler(prototype, name)) return declared ?? NOTHING;
  }
  return NOTHING;
}

/** Whether any method of a class has a declaration. */
export function declaresMethods(type: ClassLike): boolean {
  return prototypesOf(type).some((prototype) =>
    Reflect.ownKeys(prototype).some((name) => own(prototype, name) !== undefined),
  );
}

/** What a class says, on top of what the classes it extends say. */
export function declarationOfClass(type: ClassLike): AccessDeclaration {
  const classes = classesOf(type);
  const known = new Set(classes.map(({ prototype }) => prototype));
  // A class that stands in for another one may extend nothing itself: its prototype does.
  const others = prototypesOf(type).filter((prototype) => !known.has(prototype));
  return [...classes.map(declarationOfThisClass), ...others.map((prototype) => own(prototype))]
    .map((declaration) => declaration ?? NOTHING)
    .reduceRight(override, NOTHING);
}

/**
 * Adds to what is declared on a class. Kept with its prototype too, which all that stand in for the class share.
 *
 * @throws {TypeError} when it says both that a token is needed and that it is not
 */
export function declareOnClass(type: ClassLike, added: AccessDeclaration): void {
  const declaration = joined(nameOf(type), declarationOfThisClass(type), added);
  Reflect.defineMetadata(ACCESS_METADATA, declaration, type);
  if (isObject(type.prototype))
    Reflect.defineMetadata(ACCESS_METADATA, declaration, type.prototype);
}

/**
 * Adds to what is declared on a method: on the function as it is now, and under its name.
 *
 * @throws {TypeError} when it says both that a token is needed and that it is not
 */
export function declareOnMethod(
  owner: object,
  name: string | symbol,
  method: object,
  added: AccessDeclaration,
): void {
  const before = joined(String(name), declarationOfFunction(method), own(owner, name) ?? NOTHING);
  const declaration = joined(String(name), before, added);
  // Something new each time: the function may have its metadata from another one.
  Reflect.defineMetadata(ACCESS_METADATA, declaration, method);
  Reflect.defineMetadata(ACCESS_METADATA, declaration, owner, name);
}

/** What holds inside: it beats what is outside where they disagree on the mode; requirements add up. */
export function override(outer: AccessDeclaration, inner: AccessDeclaration): AccessDeclaration {
  return {
    mode: inner.mode ?? outer.mode,
    requirements: [...outer.requirements, ...inner.requirements],
  };
}

/** Two declarations of the same class or method: all requirements, each once; the stricter mode. */
export function united(one: AccessDeclaration, other: AccessDeclaration): AccessDeclaration {
  if (other === NOTHING || other === one) return one;
  const modes = new Set([one.mode, other.mode]);
  return {
    mode: STRICTNESS.findLast((mode) => modes.has(mode)),
    requirements: [...new Set([...one.requirements, ...other.requirements])],
  };
}

/** Whether one says that a token is needed and the other that it is not. */
export function contradict(one: AccessDeclaration, other: AccessDeclaration): boolean {
  return one.mode !== undefined && other.mode !== undefined && one.mode !== other.mode;
}

/** The prototypes of a class, its own first. */
export function prototypesOf(type: ClassLike): readonly object[] {
  const prototypes: object[] = [];
  let prototype: unknown = type.prototype;
  while (isObject(prototype) && prototype !== Object.prototype) {
    prototypes.push(prototype);
    prototype = Object.getPrototypeOf(prototype);
  }
  return prototypes;
}

/** A method that carries metadata of anybody, such as a path: one that Nest would call a handler by itself. */
function isHandler(prototype: object, name: PropertyKey): boolean {
  const method: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
  return typeof method === 'function' && Reflect.getMetadataKeys(method).length > 0;
}

function own(owner: object, name?: PropertyKey): AccessDeclaration | undefined {
  return name === undefined
    ? Reflect.getOwnMetadata(ACCESS_METADATA, owner)
    : Reflect.getOwnMetadata(ACCESS_METADATA, owner, typeof name === 'number' ? `${name}` : name);
}

/** What a class says itself, whatever the classes say that it extends. */
export function declarationOfThisClass(type: ClassLike): AccessDeclaration {
  const ofPrototype = isObject(type.prototype) ? own(type.prototype) : undefined;
  return united(own(type) ?? NOTHING, ofPrototype ?? NOTHING);
}

/** A class and those it extends. */
function classesOf(type: ClassLike): readonly ClassLike[] {
  const classes: ClassLike[] = [];
  let next: unknown = type;
  while (typeof next === 'function' && next !== Function.prototype) {
    classes.push(next);
    next = Object.getPrototypeOf(next);
  }
  return classes;
}

function joined(
  name: string,
  before: AccessDeclaration,
  added: AccessDeclaration,
): AccessDeclaration {
  if (contradict(before, added)) {
    throw new TypeError(
      `${name} has decorators that contradict each other: use one of @Public(), @OptionalAuth() and the @Require... decorators`,
    );
  }
  return united(before, added);
}

function nameOf(type: ClassLike): string {
  return typeof type === 'function' ? type.name : 'A class';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
