import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Clock, KeyvLike, TokenLease, TokenLock } from 'nestjs-access-tokens';
import { TestClock } from './clock.js';
import type { Answer, RecordedRequest } from './recording-server.js';
import type { TokenClients } from './token-clients.js';
import { until } from './until.js';

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
}

/** A lock that replicas share, and that fails as it is told. */
export class MapLock implements TokenLock {
  readonly holders = new Map<string, symbol>();
  asked = 0;
  released = 0;
  trouble: 'throws' | 'hangs' | 'granted to everybody' | undefined;
  releaseThrows = false;
  /** Whoever asks waits for it. */
  gate: Promise<void> | undefined;

  async acquire(key: string): Promise<TokenLease | undefined> {
    this.asked += 1;
    if (this.trouble === 'throws') throw new Error('password-of-the-lock');
    if (this.trouble === 'hangs') return new Promise(() => {});
    await this.gate;
    if (this.holders.has(key) && this.trouble !== 'granted to everybody') return undefined;
    const holder = Symbol(key);
    this.holders.set(key, holder);
    return { release: () => this.release(key, holder) };
  }

  private async release(key: string, holder: symbol): Promise<void> {
    this.released += 1;
    if (this.releaseThrows) throw new Error('password-of-the-lock');
    if (this.holders.get(key) === holder) this.holders.delete(key);
  }
}

/** A clock that stands still also for those who sleep by it: so that nobody's time is over while others get on. */
export class StandingClock extends TestClock {
  override async sleep(ms: number): Promise<void> {
    this.naps.push(ms);
    await setTimeout(ms / 10);
  }
}

/** An authorization server that takes each refresh token once, and ends the grant where one comes twice. */
export class RotatingServer {
  /** How often a refresh token was good. */
  refreshes = 0;
  readonly revoked: (string | null)[] = [];
  down = false;
  #good: string | undefined = 'rt-0';
  #gate: Promise<void> | undefined;

  /** Does what it is asked from now on, but answers only when it is told. */
  hold(): () => void {
    let letGo = (): void => {};
    this.#gate = new Promise<void>((resolve) => (letGo = resolve));
    return () => letGo();
  }

  async answer({ path, body, headers }: RecordedRequest): Promise<Answer> {
    const origin = `http://${headers.host}`;
    if (path.startsWith('/.well-known/')) {
      const [token_endpoint, revocation_endpoint] = [`${origin}/token`, `${origin}/revoke`];
      return { body: { issuer: origin, token_endpoint, revocation_endpoint } };
    }
    const form = new URLSearchParams(body);
    if (path === '/revoke') {
      this.revoked.push(form.get('token'));
      return { body: {} };
    }
    if (this.down) return { status: 503 };
    const good = form.get('refresh_token') === this.#good;
    this.#good = good ? `rt-${++this.refreshes}` : undefined;
    const tokens = { access_token: `at-${this.refreshes}`, refresh_token: this.#good };
    await this.#gate;
    return good
      ? { body: { ...tokens, token_type: 'Bearer', expires_in: 300 } }
      : { status: 400, body: { error: 'invalid_grant' } };
  }
}

/** A new key for `encryptionKeys`. */
export const newKey = (): string => randomBytes(32).toString('base64');

/**
 * The codes of what replicas have logged, in order. All of them, as Nest has one logger for a whole process: whoever
 * started last hears what any of them says.
 */
export function codesOf(...replicas: Pick<TokenClients, 'logs'>[]): string[] {
  return replicas
    .flatMap(({ logs }) => logs.ours)
    .flatMap((line) => /^(?:warn|log|error) \[\w+\] ([a-z_]+):/.exec(line)?.[1] ?? []);
}

/** Calls until a call gets this token, as after something that replicas learn of by and by. */
export async function untilGets(get: () => Promise<string>, token: string): Promise<void> {
  let last: string | undefined;
  let failure: unknown;
  await until(() => {
    get().then(
      (got) => (last = got),
      (error: unknown) => (failure = error),
    );
    return last === token || failure !== undefined;
  });
  if (failure !== undefined) throw failure;
}
