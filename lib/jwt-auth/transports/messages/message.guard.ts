import type { CanActivate, ExecutionContext } from '@nestjs/common';

/** Where Nest keeps the guards of a class. */
const GUARDS = '__guards__';

/** Decides for one application. */
export type Decide = (context: ExecutionContext) => unknown;

const deciders = new WeakMap<object, Set<Decide>>();

/**
 * One for the whole process, as applications share classes and what is noted on them. It asks every application that
 * has put it on the class and still runs, and all of them have to say yes.
 */
const MESSAGE_GUARD: CanActivate = {
  async canActivate(context) {
    // The guard of the whole application has been there.
    if (context.getType() === 'http') return true;
    for (const decide of deciders.get(context.getClass()) ?? [])
      if ((await decide(context)) !== true) return false;
    return true;
  },
};

/** Puts the guard before all handlers of a class, whatever functions an instance has in their place. */
export function guardMessagesOf(type: object, decide: Decide): void {
  const guards = guardsOf(type);
  if (!guards.includes(MESSAGE_GUARD))
    Reflect.defineMetadata(GUARDS, [...guards, MESSAGE_GUARD], type);
  const ofType = deciders.get(type) ?? new Set();
  deciders.set(type, ofType.add(decide));
}

/** Takes an application that has ended out of it. */
export function releaseMessagesOf(type: object, decide: Decide): void {
  deciders.get(type)?.delete(decide);
}

/** Whether the guard stands before the handlers of a class and asks this application. */
export function guardsMessagesOf(type: object, decide: Decide): boolean {
  return guardsOf(type).includes(MESSAGE_GUARD) && deciders.get(type)?.has(decide) === true;
}

/** Those of the class that a class extends count unless it has its own: so it is in Nest. */
function guardsOf(type: object): readonly unknown[] {
  return Reflect.getMetadata(GUARDS, type) ?? [];
}
