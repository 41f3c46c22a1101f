import { withActiveTimeout } from '../../common/with-active-timeout.js';
import type { IoredisClient, NodeRedisClient, RedisClient } from './redis-client.js';

/** Clients wait for a server that has stopped to answer, some of them for good. */
const LIMIT_MS = 1_000;

/** The few commands that are needed, the same over every client. A server that fails makes them reject. */
export interface RedisCommands {
  get(key: string): Promise<string | undefined>;
  /** In the same order. */
  getMany(keys: readonly string[]): Promise<(string | undefined)[]>;
  /** @param ttlMs how long it is kept, in milliseconds; for ever without it */
  set(key: string, value: string, ttlMs?: number): Promise<void>;
  /** @returns whether nothing was there, so that it was written */
  setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>;
  /** @returns whether something was there */
  delete(key: string): Promise<boolean>;
  /** Runs a Lua script on one key. */
  eval(script: string, key: string, ...args: string[]): Promise<unknown>;
}

/** @throws TypeError where it is neither a client of ioredis nor of node-redis */
export function redisCommands(client: RedisClient): RedisCommands {
  if (hasMethods(client, ['get', 'set', 'del', 'eval'])) {
    if (isIoredis(client)) return overIoredis(client);
    if (hasMethods(client, ['sendCommand'])) return overNodeRedis(client);
  }
  throw new TypeError(
    "This is no Redis client: give a Redis or Cluster of the package 'ioredis', or what createClient() or createCluster() of the package 'redis' returns",
  );
}

/** Reject after some time as well, by default a second. The client may still run them later. */
export function limited(commands: RedisCommands, limitMs = LIMIT_MS): RedisCommands {
  const soon = <T>(command: () => Promise<T>): Promise<T> => withActiveTimeout(limitMs, command);
  return {
    get: (key) => soon(() => commands.get(key)),
    getMany: (keys) => soon(() => commands.getMany(keys)),
    set: (key, value, ttlMs) => soon(() => commands.set(key, value, ttlMs)),
    setIfAbsent: (key, value, ttlMs) => soon(() => commands.setIfAbsent(key, value, ttlMs)),
    delete: (key) => soon(() => commands.delete(key)),
    eval: (script, key, ...args) => soon(() => commands.eval(script, key, ...args)),
  };
}

function isIoredis(client: RedisClient): client is IoredisClient {
  return hasMethods(client, ['defineCommand']);
}

function overIoredis(client: IoredisClient): RedisCommands {
  return {
    // Where commands are sent together (`enableAutoPipelining`), a cluster refuses all of them for one that it cannot run.
    ...reads(client, client.isCluster === true ? undefined : (keys) => client.mget(...keys)),
    async set(key, value, ttlMs) {
      if (ttlMs === undefined) await client.set(key, value);
      else await client.set(key, value, 'PX', wholeMs(ttlMs));
    },
    async setIfAbsent(key, value, ttlMs) {
      return wasSet(await client.set(key, value, 'PX', wholeMs(ttlMs), 'NX'));
    },
    eval: (script, key, ...args) => client.eval(script, 1, key, ...args),
  };
}

function overNodeRedis(client: NodeRedisClient): RedisCommands {
  return {
    ...reads(client, (keys) => client.mGet(keys)),
    // Version 4 ignores the newer spelling of these options, and would keep for ever what has to go.
    async set(key, value, ttlMs) {
      await client.set(key, value, ttlMs === undefined ? {} : { PX: wholeMs(ttlMs) });
    },
    async setIfAbsent(key, value, ttlMs) {
      return wasSet(await client.set(key, value, { PX: wholeMs(ttlMs), NX: true }));
    },
    eval: (script, key, ...args) => client.eval(script, { keys: [key], arguments: args }),
  };
}

/** Both say these in the same words, but for the one. */
function reads(
  client: RedisClient,
  mget: ((keys: string[]) => Promise<unknown[]>) | undefined,
): Pick<RedisCommands, 'get' | 'getMany' | 'delete'> {
  const get = async (key: string) => textOf(await client.get(key));
  let together = mget;
  return {
    get,
    async getMany(keys) {
      if (together && keys.length > 1) {
        try {
          return (await together([...keys])).map(textOf);
        } catch (error) {
          if (!isRefusedTogether(error)) throw error;
          together = undefined;
        }
      }
      return Promise.all(keys.map(get));
    },
    delete: async (key) => Number(await client.del(key)) > 0,
  };
}

/** In a cluster, keys live on different servers; and who may GET is not always allowed to MGET. */
function isRefusedTogether(error: unknown): boolean {
  return error instanceof Error && /^(?:CROSSSLOT|NOPERM)\b/.test(error.message);
}

/** Clients can be told to answer with bytes. */
export function textOf(reply: unknown): string | undefined {
  if (reply === null || reply === undefined) return undefined;
  if (typeof reply === 'string') return reply;
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString();
  throw new TypeError('The Redis client answers GET with neither text nor bytes');
}

/** Where the condition does not hold, the answer is null. Anything unheard of must not be taken for that, nor for yes. */
function wasSet(reply: unknown): boolean {
  const text = textOf(reply);
  if (text === undefined || text === 'OK') return text === 'OK';
  throw new TypeError('The Redis client answers SET with neither OK nor null');
}

/** Redis wants whole milliseconds, and not none. */
export function wholeMs(ttlMs: number): number {
  return Math.max(1, Math.ceil(ttlMs));
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'function')
  );
}
