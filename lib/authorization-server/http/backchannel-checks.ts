import { routeFaults, timeoutFault } from './backchannel-route.js';
import { isJsonObject } from '../../common/json.js';
import type { BackchannelSettings } from '../token-endpoint.settings.js';
import type { BackchannelOptions } from './backchannel.options.js';
import { unknownMembers } from '../../common/options/member-faults.js';

const OPTIONS = [
  'timeoutMs',
  'retries',
  'headers',
  'proxy',
  'ca',
] as const satisfies (keyof BackchannelOptions)[];

const MAX_RETRIES = 10;
/** The credentials of the client are the request's own. */
const RESERVED_HEADERS = ['authorization'];

/** What is wrong with the option `backchannel` of a client. */
export function backchannelFaults(value: unknown): string[] {
  const retries = isJsonObject(value) ? [retriesFault(value['retries'])] : [];
  return [
    ...routeOptionFaults('backchannel', value, OPTIONS, RESERVED_HEADERS),
    ...retries.filter((fault) => fault !== undefined),
  ];
}

/**
 * What is wrong with an option that says by which way a server is reached. Never repeats a value of it.
 *
 * @param known the members that it may have
 */
export function routeOptionFaults(
  path: string,
  value: unknown,
  known: readonly string[],
  reservedHeaders: readonly string[] = [],
): string[] {
  if (value === undefined) return [];
  if (!isJsonObject(value)) return [`${path}: not an object. Give an object with options.`];
  return [
    ...unknownMembers(path, value, known),
    timeoutFault(`${path}.timeoutMs`, value['timeoutMs']),
    ...routeFaults(path, value, reservedHeaders),
  ].filter((fault) => fault !== undefined);
}

function retriesFault(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const usable = Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_RETRIES;
  return usable ? undefined : `backchannel.retries: not a whole number from 0 to ${MAX_RETRIES}.`;
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
    headers: typeof headers === 'function' ? headers : { ...headers },
    reservedHeaders: RESERVED_HEADERS,
    proxy,
    ca: typeof ca === 'string' ? [ca] : ca && [...ca],
  };
}
