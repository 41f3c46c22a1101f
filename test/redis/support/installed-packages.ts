import type { RedisClient } from 'nestjs-access-tokens';

/** The packages that make a client of a URL, for `describe.each`. */
export const PACKAGES = ['ioredis', 'redis'] as const;
export type RedisPackage = (typeof PACKAGES)[number];

/**
 * From now on only these packages can be loaded by `import()`, as where the others are not installed.
 *
 * @returns the clients that are made with them, as they come: the real ones
 */
export function installOnly(...names: readonly RedisPackage[]): RedisClient[] {
  const made: RedisClient[] = [];
  // What was loaded for another test is there no more.
  jest.resetModules();
  jest.doMock('ioredis', () => {
    if (!names.includes('ioredis')) throw missing('ioredis');
    const actual = jest.requireActual<typeof import('ioredis')>('ioredis');
    class Redis extends actual.Redis {
      constructor(...args: unknown[]) {
        super(...(args as []));
        made.push(this);
      }
    }
    return { ...actual, Redis };
  });
  jest.doMock('redis', () => {
    if (!names.includes('redis')) throw missing('redis');
    const actual = jest.requireActual<typeof import('redis')>('redis');
    const createClient: typeof actual.createClient = (options) => {
      const client = actual.createClient(options);
      made.push(client);
      return client;
    };
    return { ...actual, createClient };
  });
  return made;
}

function missing(name: string): Error {
  return Object.assign(new Error(`Cannot find module '${name}' from here`), {
    code: 'MODULE_NOT_FOUND',
  });
}
