import type { Revocation, TokenClientModuleOptions, UserTokenSet } from 'nestjs-access-tokens';

/** What a replica is. Plain JSON. */
export interface ReplicaSetting {
  readonly redisUrl: string;
  /** What it has in Redis is reached by; with Keyv, the lock goes over node-redis. */
  readonly over: 'ioredis' | 'node-redis' | 'keyv';
  /** One in Redis, one that always throws, or one that gives itself to everybody. @defaultValue 'redis' */
  readonly lock?: 'redis' | 'failing' | 'generous';
  /** Of `TokenClientModule`, beside those that are made of the above. */
  readonly options: TokenClientModuleOptions;
}

/** What became of calls. */
export interface Calls {
  readonly count: number;
  /** How often each failed, by the code of the error. */
  readonly failures: Readonly<Record<string, number>>;
  /** When each token was handed out last, in milliseconds since the epoch. */
  readonly servedAt: Readonly<Record<string, number>>;
  /** How long the slowest one took, in milliseconds. */
  readonly worstMs: number;
}

/** Calls to be made all at once. */
export interface CallPlan {
  /** The named clients, each as often as `times` says. */
  readonly clients: readonly string[];
  readonly times: number;
  /** Whose token. @defaultValue that of the application itself */
  readonly user?: string;
}

/** Calls to be made one after the other, for as long as it takes. */
export interface LoadPlan {
  readonly client: string;
  /** Of so many calls, one asks for a token that nobody has. @defaultValue none does */
  readonly coldEvery?: number;
}

/** What the process holds after a garbage collection. */
export interface Resources {
  readonly heapBytes: number;
  /** Handles and requests that keep it alive, by kind. */
  readonly active: Readonly<Record<string, number>>;
}

/** What a replica does when it is told to, from the process of the test. */
export interface ReplicaOrders {
  call(plan: CallPlan): Promise<Calls>;
  startLoad(plan: LoadPlan): void;
  /** How many calls the load has made so far. */
  progress(): number;
  stopLoad(): Promise<Calls>;
  signIn(user: string, tokens: UserTokenSet): Promise<void>;
  revoke(user: string): Promise<Revocation>;
  invalidate(client: string): Promise<void>;
  /** How things stand with the token of a client, as `explain` says. */
  stateOf(client: string): Promise<string>;
  /** Sets its clock forward. */
  advance(ms: number): void;
  /** All that was logged. */
  lines(): readonly string[];
  resources(): Resources;
}
