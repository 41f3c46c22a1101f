import { isJsonObject } from '../../common/json.js';

/** What is wrong with the option `dpop`. */
export function dpopFaults(path: string, value: unknown): string[] {
  if (value === undefined || typeof value === 'boolean' || isJsonObject(value)) return [];
  return [`${path}: neither a boolean nor an object. Give true, or an object with options.`];
}
