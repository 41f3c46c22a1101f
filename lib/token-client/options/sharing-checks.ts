import { isJsonObject } from '../../common/json.js';
import type { TokenClientModuleOptions } from './token-client.options.js';
import {
  encryptionKeysFaults,
  HOW_TO_MAKE_A_KEY,
  leavesProcess,
} from '../../replicas/encryption-keys.check.js';
import { isOutside } from '../../user-tokens/store-reach.js';

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

/** What is wrong with `encryptionKeys`, and with keeping tokens outside of the process without them. */
function encryptionFaults({
  encryptionKeys,
  tokenCache,
  userTokenStore,
}: TokenClientModuleOptions): string[] {
  if (encryptionKeys !== undefined) return encryptionKeysFaults(encryptionKeys);
  const outside = [
    leavesProcess(tokenCache) && 'tokenCache',
    isOutside(userTokenStore) && 'userTokenStore',
  ].filter((option) => option !== false);
  if (outside.length === 0) return [];
  return [
    `encryptionKeys: missing. Tokens leave the process with ${outside.join(' and ')}: give a key of 32 bytes as base64, or 'none' to let them leave as they are. ${HOW_TO_MAKE_A_KEY}`,
  ];
}

function has(value: unknown, ...functions: string[]): boolean {
  if (value === undefined) return true;
  return isJsonObject(value) && functions.every((name) => typeof value[name] === 'function');
}
