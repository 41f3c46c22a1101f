import { isJsonObject } from '../../common/json.js';
import type { TokenClientModuleOptions } from './token-client.options.js';
import { encryptionFaults } from '../../replicas/encryption-checks.js';

/** What is wrong with the options of what replicas share. */
export function sharingFaults(options: TokenClientModuleOptions): (string | undefined)[] {
  const { tokenCache, tokenLock } = options;
  return [
    has(tokenCache, 'get', 'set', 'delete') && !((tokenCache as unknown) instanceof Map)
      ? undefined
      : 'tokenCache: not a store. Give a Keyv, or an object with get, set and delete, such as a RedisStore.',
    has(tokenLock, 'acquire')
      ? undefined
      : 'tokenLock: has no function acquire(). Give a lock, such as a RedisTokenLock, or leave the option out.',
    ...encryptionFaults(options),
  ];
}

function has(value: unknown, ...functions: string[]): boolean {
  if (value === undefined) return true;
  return isJsonObject(value) && functions.every((name) => typeof value[name] === 'function');
}
