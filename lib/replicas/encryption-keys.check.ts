import { isJsonObject } from '../common/json.js';
import { keyBytes } from './key-ring.js';

export const HOW_TO_MAKE_A_KEY = 'Make one with: openssl rand -base64 32.';

/** What is wrong with a list of keys. Never says anything of a key. */
export function encryptionKeysFaults(value: unknown): string[] {
  if (value === 'none') return [];
  if (!Array.isArray(value)) {
    return ["encryptionKeys: not a list. Give keys of 32 bytes as base64 in an array, or 'none'."];
  }
  if (value.length === 0) {
    return [
      `encryptionKeys: empty. Give a key of 32 bytes as base64, or 'none'. ${HOW_TO_MAKE_A_KEY}`,
    ];
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
    return `${path}: missing. Is the environment variable set? ${HOW_TO_MAKE_A_KEY}`;
  }
  const bytes = keyBytes(key);
  if (!bytes) return `${path}: not 32 bytes in base64. ${HOW_TO_MAKE_A_KEY}`;
  if (new Set(bytes).size === 1) return `${path}: the same byte all over. ${HOW_TO_MAKE_A_KEY}`;
  const first = known.indexOf(known[index] ?? '');
  return first < index
    ? `${path}: the same key as encryptionKeys[${first}]. Remove it.`
    : undefined;
}

/** Whether what is kept there leaves the process: anywhere but in a Keyv that has no backend. */
export function leavesProcess(store: unknown): boolean {
  if (store === undefined) return false;
  return !isJsonObject(store) || !('opts' in store && store['store'] instanceof Map);
}
