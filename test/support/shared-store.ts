import type { Clock, KeyvLike } from 'nestjs-access-tokens';

/**
 * What is wrong with a backend: it throws, never answers, throws or says false where it is to write, or only emits what
 * went wrong.
 */
export type Trouble = 'throws' | 'hangs' | 'throws on writes' | 'refuses' | 'complains';

/** One operation that does not go on until it is told. */
export interface Held {
  readonly reached: boolean;
  letGo(): void;
}

type Listener = (error: unknown) => void;

/** A backend that replicas share: it holds text, for as long as it was told, and fails as it is told. */
export class SharedStore implements KeyvLike {
  readonly rows: Map<string, string>;
  readonly #ends: Map<string, number>;
  /** Everything that it was asked, as `get` or `set` and the keys. */
  readonly operations: string[] = [];
  trouble: Trouble | undefined;
  readonly #listeners = new Set<Listener>();
  readonly #holds: { matching: RegExp; reach: () => Promise<void> }[] = [];

  /** @param behind another connection to the same backend, if there is one */
  constructor(
    private readonly clock: Clock,
    behind?: SharedStore,
  ) {
    this.rows = behind?.rows ?? new Map();
    this.#ends = behind ? behind.#ends : new Map();
  }

  /** The names under which tokens of applications are kept. */
  get tokens(): string[] {
    return [...this.rows.keys()].filter((key) => key.includes(':token:'));
  }

  /** How often it was asked for that. */
  count(matching: RegExp): number {
    return this.operations.filter((operation) => matching.test(operation)).length;
  }

  get(key: string): Promise<unknown> {
    return this.operate(`get ${key}`, () => this.read(key));
  }

  getMany(keys: string[]): Promise<unknown[]> {
    return this.operate(`get ${keys.join(' ')}`, () => keys.map((key) => this.read(key)));
  }

  set(key: string, value: unknown, ttlMs?: number): Promise<unknown> {
    return this.operate(`set ${key}`, () => this.write(key, value, ttlMs));
  }

  delete(key: string): Promise<unknown> {
    return this.operate(`delete ${key}`, () => this.rows.delete(key));
  }

  on(_event: 'error', listener: Listener): void {
    this.#listeners.add(listener);
  }

  off(_event: 'error', listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** Holds the next operation of that kind, before it has any effect. */
  hold(matching: RegExp): Held {
    let reached = false;
    let letGo = (): void => {};
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const reach = (): Promise<void> => {
      reached = true;
      return gate;
    };
    this.#holds.push({ matching, reach });
    return {
      get reached() {
        return reached;
      },
      letGo: () => letGo(),
    };
  }

  protected async operate<T>(operation: string, work: () => T): Promise<T> {
    this.operations.push(operation);
    const held = this.#holds.findIndex(({ matching }) => matching.test(operation));
    if (held >= 0) await this.#holds.splice(held, 1)[0]?.reach();
    const reads = operation.startsWith('get ');
    switch (this.trouble) {
      case 'throws on writes':
        if (reads) return work();
      // falls through
      case 'throws':
        throw new Error('connect ECONNREFUSED redis://app:password-of-the-store@127.0.0.1');
      case 'hangs':
        return new Promise<T>(() => {});
      case 'complains':
        for (const listener of this.#listeners) listener(new Error('password-of-the-store'));
        return undefined as T;
      case 'refuses':
        return (reads ? work() : false) as T;
      default:
        return work();
    }
  }

  protected read(key: string): unknown {
    if (this.clock.now() >= (this.#ends.get(key) ?? Infinity)) this.rows.delete(key);
    const row = this.rows.get(key);
    return row === undefined ? undefined : JSON.parse(row);
  }

  protected write(key: string, value: unknown, ttlMs = Infinity): boolean {
    this.rows.set(key, JSON.stringify(value));
    this.#ends.set(key, this.clock.now() + ttlMs);
    return true;
  }
}

/** A backend that compares and writes at once. */
export class AtomicStore extends SharedStore {
  replace(key: string, expected: unknown, value: unknown, ttlMs: number): Promise<boolean> {
    return this.operate(`replace ${key}`, () => {
      const same = JSON.stringify(this.read(key)) === JSON.stringify(expected);
      return same && this.write(key, value, ttlMs);
    });
  }
  deleteIf(key: string, expected: unknown): Promise<boolean> {
    return this.operate(`deleteIf ${key}`, () => {
      const same = JSON.stringify(this.read(key)) === JSON.stringify(expected);
      return same && this.rows.delete(key);
    });
  }
}
