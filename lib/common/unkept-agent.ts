/** Lets undici keep no connection once its request is done. */
export const UNKEPT = { pipelining: 0 } as const;

/** Where undici, that of Node.js too, notes who sends the requests of `fetch`. */
const GLOBAL_DISPATCHER = Symbol.for('undici.globalDispatcher.1');

/**
 * An agent for the `fetch` of Node.js that keeps no connections. It is of the very class that this `fetch` uses, as it takes
 * no other; so whatever stands in for `fetch` in tests does so for these requests as well.
 *
 * @returns nothing where something else than a plain agent sends: a proxy or a mock of the application, which is left alone
 */
export function unkeptAgent(): object | undefined {
  const current: unknown = Reflect.get(globalThis, GLOBAL_DISPATCHER);
  const type: unknown = typeof current === 'object' ? current?.constructor : undefined;
  if (typeof type !== 'function' || type.name !== 'Agent') return undefined;
  const agent: unknown = Reflect.construct(type, [UNKEPT]);
  return typeof agent === 'object' && agent !== null ? agent : undefined;
}
