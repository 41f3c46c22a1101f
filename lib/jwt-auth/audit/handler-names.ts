import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ContextIdFactory, DiscoveryService } from '@nestjs/core';
import { prototypesOf } from '../authorization/access-declaration.js';

type Wrapper = ReturnType<DiscoveryService['getControllers']>[number];

/**
 * Finds out under which names of a class a function is called. Nest hands on the function alone, and that
 * may be another one than the prototype has: bound, or replaced on the instance.
 */
@Injectable()
export class HandlerNames {
  private wrappers: ReadonlyMap<unknown, readonly Wrapper[]> = new Map();

  constructor(private readonly discovery: DiscoveryService) {}

  /**
   * All names, as one function may stand for several methods; none where it cannot be told.
   *
   * @param context of the request, for handlers whose instance lives as long as it
   */
  of(type: object, handler: object, context?: ExecutionContext): readonly string[] {
    const methods = methodsOfClass(type);
    const instances = this.instancesOf(type, context);
    const names = methods
      .filter(
        ([name, method]) =>
          method === handler ||
          instances.some((instance) => Reflect.get(instance, name) === handler),
      )
      .map(([name]) => name);
    return [...new Set(names)];
  }

  private instancesOf(type: object, context: ExecutionContext | undefined): readonly object[] {
    const wrappers = this.wrappersOf(type);
    return [
      ...wrappers.map(({ instance }): unknown => instance),
      ...(context ? wrappers.map((wrapper) => instanceFor(context, wrapper)) : []),
    ].filter(isObject);
  }

  /** The same class may be in several modules. */
  private wrappersOf(type: object): readonly Wrapper[] {
    const known = this.find(type);
    if (known.length > 0) return known;
    // What was not there yet may have come since, with a module that is loaded lazily.
    this.wrappers = indexed([...this.discovery.getControllers(), ...this.discovery.getProviders()]);
    return this.find(type);
  }

  /** A class that stands in for another one has its prototype. */
  private find(type: object): readonly Wrapper[] {
    const prototype: unknown = Reflect.get(type, 'prototype');
    return [
      ...new Set([...(this.wrappers.get(type) ?? []), ...(this.wrappers.get(prototype) ?? [])]),
    ];
  }
}

/** By what they are made of, and by the prototypes of that and of what has been made. */
function indexed(wrappers: readonly Wrapper[]): ReadonlyMap<unknown, readonly Wrapper[]> {
  const index = new Map<unknown, Wrapper[]>();
  for (const wrapper of wrappers) {
    const { metatype } = wrapper;
    const instance: unknown = wrapper.instance;
    const keys = new Set<unknown>([
      metatype,
      typeof metatype === 'function' ? metatype.prototype : undefined,
      isObject(instance) ? Object.getPrototypeOf(instance) : undefined,
    ]);
    for (const key of keys) {
      const others = index.get(key);
      if (others) others.push(wrapper);
      else if (key !== undefined && key !== null) index.set(key, [wrapper]);
    }
  }
  return index;
}

/** The methods of a class and of those it extends. */
export function methodsOfClass(type: object): readonly [name: string, method: unknown][] {
  return prototypesOf(type).flatMap((prototype) => methodsOf(prototype));
}

/** Without accessors, which Nest does not take for handlers, and which may do anything when they are read. */
function methodsOf(prototype: object): readonly [name: string, method: unknown][] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
    .map(([name, { value }]) => [name, value]);
}

/** The instance that Nest has made for the request under way; none where there is one for all. */
function instanceFor(context: ExecutionContext, wrapper: Wrapper): unknown {
  if (wrapper.isDependencyTreeStatic()) return undefined;
  const id = ContextIdFactory.getByRequest(requestOf(context), ['raw', 'req']);
  const isTreeDurable = wrapper.isDependencyTreeDurable();
  const own = id.getParent?.({ token: wrapper.token, isTreeDurable }) ?? id;
  return wrapper.getInstanceByContextId(own).instance;
}

/** What Nest keeps the instances of a request with. For messages of microservices it is nothing that a guard is given. */
function requestOf(context: ExecutionContext): Record<string, unknown> {
  return context.getArgByIndex(context.getType<string>() === 'graphql' ? 2 : 0);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
