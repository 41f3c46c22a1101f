import { misspelledOptions } from '../common/options/option-names.js';
import { functionFault } from '../common/options/checks.js';
import { isJsonObject } from '../common/json.js';
import type { TokenHooks } from './token-hooks.js';

export const HOOKS = ['tokenRenewed', 'tokenRequestFailed'] as const satisfies (keyof TokenHooks)[];

export function hooksFaults(path: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (!isJsonObject(value))
    return [`${path}: not an object. Give functions by the names of hooks.`];
  return [
    ...misspelledOptions(`${path}.`, value, HOOKS),
    ...HOOKS.map((hook) => functionFault(`${path}.${hook}`, value[hook])),
  ].filter((fault) => fault !== undefined);
}
