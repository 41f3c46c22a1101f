/** Lets undici keep no connection once its request is done. */
export const UNKEPT = { pipelining: 0 } as const;

/** Where undici, that of Node.js too, notes who sends the requests of `fetch`. */
const GLOBAL_DISPATCHER = Symbol.for('undici.globalDispatcher.1');
/** What Node.js sends with: by itself, and where `NODE_USE_ENV_PROXY` has it follow the variables that name proxies. */
const KNOWN = new Set(['Agent', 'EnvHttpProxyAgent']);

/** How a request goes out that does not go out as all others do. */
interface Way {
  /** Over a connection that is not kept. */
  readonly fresh: boolean;
  /** Past the proxies of the environment: no proxy has a part in what stays on this machine. */
  readonly direct: boolean;
}

const dispatchers = new WeakMap<object, Map<string, object>>();

/** Whether the `fetch` of Node.js follows the variables that name proxies. */
export function followsEnvironment(): boolean {
  return typeOfDispatcher()?.name === 'EnvHttpProxyAgent';
}

/**
 * A dispatcher for the `fetch` of Node.js. It is of the very class that this `fetch` uses, as it takes no other; so whatever
 * stands in for `fetch` in tests does so for these requests as well.
 *
 * @returns nothing where there is no need for one, and where something else sends than Node.js itself would: a proxy or a
 *   mock of the application, which is left alone
 */
export function nodeDispatcher({ fresh, direct }: Way): object | undefined {
  const type = typeOfDispatcher();
  if (!type) return undefined;
  const isDirect = direct && type.name === 'EnvHttpProxyAgent';
  if (!fresh && !isDirect) return undefined;
  const options = { ...(fresh && UNKEPT), ...(isDirect && { noProxy: '*' }) };
  const name = Object.keys(options).join();
  const known = dispatchers.get(type) ?? new Map<string, object>();
  dispatchers.set(type, known);
  const dispatcher = known.get(name) ?? Reflect.construct(type, [options]);
  known.set(name, dispatcher);
  return dispatcher;
}

function typeOfDispatcher(): (new (...options: unknown[]) => object) | undefined {
  const current: unknown = Reflect.get(globalThis, GLOBAL_DISPATCHER);
  const type: unknown = typeof current === 'object' ? current?.constructor : undefined;
  return isClass(type) && KNOWN.has(type.name) ? type : undefined;
}

function isClass(type: unknown): type is new (...options: unknown[]) => object {
  return typeof type === 'function';
}
