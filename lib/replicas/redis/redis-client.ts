/** What is used of a client of the package `ioredis`, version 5 or later: a `Redis` or a `Cluster`. */
export interface IoredisClient {
  readonly isCluster?: boolean;
  defineCommand(name: string, definition: { lua: string }): unknown;
  get(key: string): Promise<unknown>;
  mget(...keys: string[]): Promise<unknown[]>;
  set(key: string, value: string): Promise<unknown>;
  set(key: string, value: string, unit: 'PX', ttlMs: number): Promise<unknown>;
  set(key: string, value: string, unit: 'PX', ttlMs: number, only: 'NX'): Promise<unknown>;
  del(key: string): Promise<unknown>;
  eval(script: string, keyCount: number, ...keyAndArguments: string[]): Promise<unknown>;
}

/** What is used of a client of the package `redis` (node-redis), version 4 or later: a client, a pool, a sentinel or a cluster. */
export interface NodeRedisClient {
  sendCommand(...command: never[]): Promise<unknown>;
  get(key: string): Promise<unknown>;
  mGet(keys: string[]): Promise<unknown[]>;
  set(key: string, value: string, options?: { PX?: number; NX?: true }): Promise<unknown>;
  del(key: string): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/**
 * A Redis client that the application already has, of `ioredis` (5 or later) or of `redis`, which is node-redis (4 or
 * later); of one server or of a cluster. This package loads neither. Connecting, listening for `error` and closing remain
 * with the application.
 *
 * Reads have to go to where writes go. Leave `scaleReads` and `useReplicas` off: a replica that lags behind shows a token
 * that is spent already.
 */
export type RedisClient = IoredisClient | NodeRedisClient;
