/** As much as is needed here of what is not public; loaded from the built package. */
export interface TokenCache {
  get(key: string, wish: Wish): unknown;
  /** What a call asks first: a token that only has to be used. */
  fresh(key: string, client: string): unknown;
}

export interface Wish {
  readonly client: string;
  readonly grant: string;
  readonly fetch: () => Promise<{ token: unknown; requestedAt: number }>;
}

type Class<Arguments extends unknown[], Instance> = new (...members: Arguments) => Instance;

interface Internals {
  readonly TokenCache: Class<[clock: object, observer: object, maxTokens: number], TokenCache>;
  readonly TokenClientRegistry: Class<[options: object], { readonly observer: object }>;
}

/** Parts of the built package by their files, as the package does not export them. */
export async function loadInternals(): Promise<Internals> {
  const entry = import.meta.resolve('nestjs-access-tokens');
  const files = ['cache/token-cache.js', 'token-client.registry.js'];
  const modules = await Promise.all(
    files.map(
      (file) => import(new URL(`../build/token-client/${file}`, entry).href) as Promise<object>,
    ),
  );
  return Object.assign({}, ...modules) as Internals;
}
