import { isJsonObject } from '../../common/json.js';
import type { BackchannelSettings } from '../acquisition/token-endpoint.js';
import type { BackchannelOptions } from '../backchannel.options.js';
import { misspeltFaults, timeoutFault } from './checks.js';

const OPTIONS = [
  'timeoutMs',
  'retries',
  'headers',
  'proxy',
  'ca',
] as const satisfies (keyof BackchannelOptions)[];

/** What is wrong with the option `backchannel`. */
export function backchannelFaults(value: unknown): string[] {
  if (value === undefined) return [];
  if (!isJsonObject(value)) return ['backchannel: not an object. Give an object with options.'];
  const { timeoutMs } = value;
  return [
    ...misspeltFaults('backchannel.', value, OPTIONS),
    timeoutFault('backchannel.timeoutMs', timeoutMs),
  ].filter((fault) => fault !== undefined);
}

/** The option `backchannel` with its defaults. */
export function backchannelSettings({
  timeoutMs = 10_000,
  retries = 2,
  headers = {},
  proxy,
  ca,
}: BackchannelOptions = {}): BackchannelSettings {
  return {
    timeoutMs,
    retries,
    headers,
    proxy,
    ca: ca === undefined || typeof ca !== 'string' ? ca : [ca],
  };
}
