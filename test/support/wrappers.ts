type AnyFunction = (this: unknown, ...parameters: unknown[]) => unknown;

function around(original: AnyFunction): AnyFunction {
  return function wrapped(this: unknown, ...parameters: unknown[]) {
    return original.apply(this, parameters);
  };
}

/** Ways in which decorators of others put a function in place of a method. */
export const wrappers = {
  /** As AOP libraries do: what is read along the prototypes is found. */
  'by prototype': (original: AnyFunction) =>
    Object.setPrototypeOf(around(original), original) as AnyFunction,
  /** As tracing libraries do. */
  'by copies of the metadata': (original: AnyFunction) => {
    const wrapper = around(original);
    for (const key of Reflect.getMetadataKeys(original))
      Reflect.defineMetadata(key, Reflect.getMetadata(key, original), wrapper);
    return wrapper;
  },
  /** Nest finds no metadata either. */
  'by a Proxy': (original: AnyFunction) =>
    new Proxy(original, {
      apply: (target, self, parameters: unknown[]) => target.apply(self, parameters),
    }),
  /** As memoizers do: nothing is handed on but the name. */
  'by its name alone': (original: AnyFunction) =>
    Object.defineProperty(around(original), 'name', { value: original.name }),
};

export type Wrapper = keyof typeof wrappers;

/** A decorator that wraps the method. */
export function Wrapped(how: Wrapper): MethodDecorator {
  return (_target, _name, descriptor) => {
    const { value } = descriptor as PropertyDescriptor;
    (descriptor as PropertyDescriptor).value = wrappers[how](value as AnyFunction);
  };
}
