import { DPoPKey } from './dpop-key.js';
import type { DPoPOptions } from './dpop.options.js';

/** The key of this process, for all clients that want no key of their own. */
const processKey = new DPoPKey();
const keys = new WeakMap<DPoPOptions, DPoPKey>();

/** The key that the option `dpop` describes, if any. The same option gives the same key. */
export function createDPoPKey(option: boolean | DPoPOptions | undefined): DPoPKey | undefined {
  if (typeof option !== 'object') return option ? processKey : undefined;
  const known = keys.get(option) ?? new DPoPKey(option);
  keys.set(option, known);
  return known;
}
