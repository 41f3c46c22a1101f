import { AuthGuard } from '@nestjs/passport';

/** The key under which `@UseGuards` of Nest keeps what it is told. */
const GUARDS = '__guards__';

interface GuardType {
  readonly prototype: object;
}

/** By their prototypes, and not by import: what asks here is beneath the guards. */
const marked = { declared: new WeakSet<object>(), asking: new WeakSet<object>() };

/** Notes the guard that comes along with the decorators. */
export function markDeclaredGuard({ prototype }: GuardType): void {
  marked.declared.add(prototype);
}

/** Notes a guard that asks for a token whatever is declared. */
export function markAskingGuard({ prototype }: GuardType): void {
  marked.asking.add(prototype);
}

/** Whether a class or a method has the guard of a decorator. */
export function hasDeclaredGuard(target: object): boolean {
  return guardsOf(target).some((guard) => comesFrom(guard, (it) => marked.declared.has(it)));
}

/** Whether a class or a method has a guard that asks for a token: `JwtAuthGuard`, or `AuthGuard` with our strategy. */
export function hasAskingGuard(target: object, strategyName: string): boolean {
  return isOneAsking(guardsOf(target), strategyName);
}

/** Whether one of these guards asks for a token. */
export function isOneAsking(guards: readonly unknown[], strategyName: string): boolean {
  const { prototype }: GuardType = AuthGuard(strategyName);
  return guards.some((guard) =>
    comesFrom(guard, (it) => marked.asking.has(it) || it === prototype),
  );
}

/** As Nest sees them: along the prototypes of a function, and of a class those of the classes it extends. */
function guardsOf(target: object): readonly unknown[] {
  const guards: unknown = Reflect.getMetadata(GUARDS, target);
  return Array.isArray(guards) ? guards : [];
}

/** Guards are given as classes or as instances, of the guard itself or of one that extends it. */
function comesFrom(guard: unknown, accepts: (prototype: object) => boolean): boolean {
  let prototype: unknown = typeof guard === 'function' ? guard.prototype : guard;
  while (typeof prototype === 'object' && prototype !== null) {
    if (accepts(prototype)) return true;
    prototype = Object.getPrototypeOf(prototype);
  }
  return false;
}
