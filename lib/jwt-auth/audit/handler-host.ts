import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

type Module = ModulesContainer extends Map<string, infer Value> ? Value : never;
type InstanceWrapper = Pick<
  Module['providers'] extends Map<unknown, infer Value> ? Value : never,
  'instance' | 'metatype' | 'isNotMetatype'
>;

/** An object whose methods Nest calls; of one that is made for each request, what stands in for it. */
export interface HandlerHost {
  /** The class that Nest names in the execution context. */
  readonly type: Type;
  /** All that Nest may take for it: what a class decorator put in place of the class, and the class itself. */
  readonly classes: readonly Type[];
  readonly module: Module;
  readonly instance: Readonly<Record<string, unknown>>;
  /** Where Nest looks for handlers: their decorators are found there, whatever the instance has been given since. */
  readonly prototype: Readonly<Record<string, unknown>>;
  /** Whether Nest made it from its class, and not a factory of the application. */
  readonly isMadeByNest: boolean;
}

/** All that may hold handlers: controllers answer requests and messages; gateways and resolvers are providers. */
export function hostsIn(
  modules: ModulesContainer,
  part: 'controllers' | 'providers',
): readonly HandlerHost[] {
  return [...modules.values()].flatMap((module) =>
    [...module[part].values()].flatMap((wrapper) => hostOf(wrapper, module) ?? []),
  );
}

function hostOf(wrapper: InstanceWrapper, module: Module): HandlerHost | undefined {
  const instance: HandlerHost['instance'] = Object(wrapper.instance);
  if (instance !== wrapper.instance) return undefined;
  const prototype: HandlerHost['prototype'] | null = Object.getPrototypeOf(instance);
  if (prototype === null || prototype === Object.prototype) return undefined;
  const isMadeByNest = !wrapper.isNotMetatype;
  const classes = [isMadeByNest ? wrapper.metatype : undefined, prototype.constructor].filter(
    isClass,
  );
  const type = classes.find((candidate) => candidate.prototype === prototype) ?? classes[0];
  return type && { type, classes, module, instance, prototype, isMadeByNest };
}

function isClass(type: unknown): type is Type {
  return typeof type === 'function' && type !== Object;
}
