import { LRUCache } from 'lru-cache';

/** As much as is needed here of what is not public; loaded from the built package. */
export interface LookUp {
  get(key: string, wish: Wish): unknown;
}

export interface Wish {
  readonly client: string;
  readonly grant: string;
  readonly fetch: () => Promise<{ token: unknown; requestedAt: number }>;
}

interface CachedToken {
  readonly users: Set<string>;
  get(wish: Wish): unknown;
}

type Class<Arguments extends unknown[], Instance> = new (...members: Arguments) => Instance;

interface Internals {
  readonly TokenCache: Class<[clock: object, observer: object], LookUp>;
  readonly CachedToken: Class<[clock: object, observer: object], CachedToken>;
  readonly TokenClientRegistry: Class<[options: object], { readonly observer: object }>;
}

/** Parts of the built package by their files, as the package does not export them. */
export async function loadInternals(): Promise<Internals> {
  const entry = import.meta.resolve('nestjs-access-tokens');
  const files = [
    'acquisition/token-cache.js',
    'acquisition/cached-token.js',
    'token-client.registry.js',
  ];
  const modules = await Promise.all(
    files.map((file) => import(new URL(`./token-client/${file}`, entry).href) as Promise<object>),
  );
  return Object.assign({}, ...modules) as Internals;
}

/**
 * `TokenCache` with room for more than its 10,000: the same look-up, line by line, in the same kind of map, of
 * the same cached tokens.
 */
export class LargeTokenCache implements LookUp {
  readonly #tokens: LRUCache<string, CachedToken>;

  constructor(
    max: number,
    private readonly create: () => CachedToken,
  ) {
    this.#tokens = new LRUCache({ max });
  }

  get(key: string, wish: Wish): unknown {
    let token = this.#tokens.get(key);
    if (!token) {
      token = this.create();
      this.#tokens.set(key, token);
    }
    if (!token.users.has(wish.client)) token.users.add(wish.client);
    return token.get(wish);
  }
}
