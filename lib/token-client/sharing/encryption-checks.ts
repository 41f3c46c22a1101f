import { isJsonObject } from '../../common/json.js';
import type { TokenClientModuleOptions } from '../token-client.options.js';
import { KeyvUserTokenStore } from '../user/keyv-user-token.store.js';
import { MemoryUserTokenStore } from '../user/memory-user-token.store.js';
import type { UserTokenStore } from '../user/user-token.store.js';
import { keyBytes } from './key-ring.js';

const HOW = 'Make one with: openssl rand -base64 32.';

/** What is wrong with `encryptionKeys`, and with keeping tokens outside of the process without them. */
export function encryptionFaults({
  encryptionKeys,
  tokenCache,
  userTokenStore,
  redis,
}: TokenClientModuleOptions): string[] {
  if (encryptionKeys !== undefined) return encryptionKeysFaults(encryptionKeys);
  const own = [
    leavesProcess(tokenCache) && 'tokenCache',
    isOutside(userTokenStore) && 'userTokenStore',
  ].filter((option) => option !== false);
  // Which of the two it is, was not said.
  const outside = redis === undefined ? own : ['redis'];
  if (outside.length === 0) return [];
  return [
    `encryptionKeys: missing. Tokens leave the process with ${outside.join(' and ')}: give a key of 32 bytes as base64, or 'none' to let them leave as they are. ${HOW}`,
  ];
}

/** What is wrong with a list of keys. Never says anything of a key. */
export function encryptionKeysFaults(value: unknown): string[] {
  if (value === 'none') return [];
  if (!Array.isArray(value)) {
    return ["encryptionKeys: not a list. Give keys of 32 bytes as base64 in an array, or 'none'."];
  }
  if (value.length === 0) {
    return [`encryptionKeys: empty. Give a key of 32 bytes as base64, or 'none'. ${HOW}`];
  }
  const keys: unknown[] = value;
  const known: string[] = keys.map((key) => keyBytes(key)?.toString('base64') ?? '');
  return keys
    .map((key, index) => keyFault(`encryptionKeys[${index}]`, key, known, index))
    .filter((fault) => fault !== undefined);
}

function keyFault(
  path: string,
  key: unknown,
  known: readonly string[],
  index: number,
): string | undefined {
  if (key === undefined || key === '') {
    return `${path}: missing. Is the environment variable set? ${HOW}`;
  }
  const bytes = keyBytes(key);
  if (!bytes) return `${path}: not 32 bytes in base64. ${HOW}`;
  if (new Set(bytes).size === 1) return `${path}: the same byte all over. ${HOW}`;
  const first = known.indexOf(known[index] ?? '');
  return first < index
    ? `${path}: the same key as encryptionKeys[${first}]. Remove it.`
    : undefined;
}

/** Whether a store of user tokens is known to be one that other processes can share. */
export function isOutside(store: UserTokenStore | undefined): boolean {
  return store instanceof KeyvUserTokenStore && leavesProcess(store.backend);
}

/** Whether a store of user tokens is known to be one that no other process can share. */
export function isInProcess(store: UserTokenStore): boolean {
  if (store instanceof KeyvUserTokenStore) return !leavesProcess(store.backend);
  return store instanceof MemoryUserTokenStore;
}

/** Whether what is kept there leaves the process: anywhere but in a Keyv that has no backend. */
function leavesProcess(store: unknown): boolean {
  if (store === undefined) return false;
  return !isJsonObject(store) || !('opts' in store && store['store'] instanceof Map);
}
