/** As long as a JWT of an authorization server with a few claims, signed with RS256. */
export { TOKEN_LENGTH } from '../outbound/plan.js';

/** `none`: no `tokenCache` and no `tokenLock`. */
export type StoreName = 'none' | 'ioredis' | 'node-redis' | 'keyv';

export type ContestantName =
  | 'alone'
  | 'twin'
  | 'ioredis'
  | 'node-redis'
  | 'keyv'
  | 'ioredis-plain'
  | 'node-redis-plain'
  | 'keyv-plain'
  | 'get-ioredis'
  | 'get-node-redis';

export interface Contestant {
  readonly name: ContestantName;
  readonly label: string;
  readonly colour: string;
  readonly store: StoreName;
  /** What it has: `encryptionKeys`, none of them, or nothing but the Redis client. */
  readonly has: 'keys' | 'no-keys' | 'only-client';
}

/** What all others are measured beside. */
export const ALONE: Contestant = {
  name: 'alone',
  label: 'nothing shared',
  colour: '#8c8c8c',
  store: 'none',
  has: 'no-keys',
};

const TWIN: Contestant = {
  ...ALONE,
  name: 'twin',
  label: 'nothing shared, twin (noise)',
  colour: '#b8b8b8',
};

export const SEALED: readonly Contestant[] = [
  sharing('ioredis', 'RedisStore, ioredis', '#bc4c00'),
  sharing('node-redis', 'RedisStore, node-redis', '#0969da'),
  sharing('keyv', 'Keyv, @keyv/redis', '#8250df'),
];

const PLAIN: readonly Contestant[] = [
  { ...sharing('ioredis', 'ioredis, not encrypted', '#f0a875'), ...plain('ioredis-plain') },
  {
    ...sharing('node-redis', 'node-redis, not encrypted', '#80b7f0'),
    ...plain('node-redis-plain'),
  },
  { ...sharing('keyv', 'Keyv, not encrypted', '#c2a5f0'), ...plain('keyv-plain') },
];

const CLIENTS: readonly Contestant[] = [
  { ...sharing('ioredis', 'mere GET, ioredis', '#d8d8d8'), ...only('get-ioredis') },
  { ...sharing('node-redis', 'mere GET, node-redis', '#d8d8d8'), ...only('get-node-redis') },
];

/** All who are measured beside the one that shares nothing. */
export const CONTESTANTS: readonly Contestant[] = [TWIN, ...SEALED, ...PLAIN, ...CLIENTS];

/**
 * `own`: the token of the named client is at hand. `call`: so is the one for a scope that the call names. `shared`: another
 * replica has it. `nobody`: nobody has it.
 */
export const WORKLOADS = ['own', 'call', 'shared', 'nobody'] as const;
export type Workload = (typeof WORKLOADS)[number];

/** Whether the token is at hand, so that nothing has to be waited for. */
export function isHeld(workload: Workload): workload is 'own' | 'call' {
  return workload === 'own' || workload === 'call';
}

/** Encryption makes no difference to a token that is at hand, and a mere GET none where Redis has nothing. */
export function takesPart({ name, has }: Contestant, workload: Workload): boolean {
  if (workload === 'shared' || name === 'twin') return true;
  return workload === 'nobody' ? has !== 'only-client' : has === 'keys';
}

/** How many token requests a call is to cost: any other number ends the bench. */
export function tokenRequestsPerCall({ store }: Contestant, workload: Workload): 0 | 1 {
  if (isHeld(workload)) return 0;
  return workload === 'nobody' || store === 'none' ? 1 : 0;
}

function sharing(
  store: 'ioredis' | 'node-redis' | 'keyv',
  label: string,
  colour: string,
): Contestant {
  return { name: store, label, colour, store, has: 'keys' };
}

function plain(name: ContestantName): Pick<Contestant, 'name' | 'has'> {
  return { name, has: 'no-keys' };
}

function only(name: ContestantName): Pick<Contestant, 'name' | 'has'> {
  return { name, has: 'only-client' };
}
