import { readCertificates } from '../../common/certificates.js';
import { isJsonObject } from '../../common/json.js';
import type { BackchannelSettings } from '../acquisition/token-endpoint.settings.js';
import type { BackchannelOptions } from '../backchannel.options.js';
import { timeoutFault } from './checks.js';
import { misspeltFaults } from './option-names.js';

const OPTIONS = [
  'timeoutMs',
  'retries',
  'headers',
  'proxy',
  'ca',
] as const satisfies (keyof BackchannelOptions)[];

const MAX_RETRIES = 10;
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What a header can carry: visible characters, spaces within, nothing that begins another line. */
const HEADER_VALUE = /^[\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/;
/** What the request itself decides: who asks, what for, and how it is framed. */
const RESERVED_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'dpop',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What is wrong with the option `backchannel`. */
export function backchannelFaults(value: unknown): string[] {
  if (value === undefined) return [];
  if (!isJsonObject(value)) return ['backchannel: not an object. Give an object with options.'];
  const { timeoutMs, retries, headers, proxy, ca } = value;
  return [
    ...misspeltFaults('backchannel.', value, OPTIONS),
    timeoutFault('backchannel.timeoutMs', timeoutMs),
    retriesFault(retries),
    ...headerFaults(headers),
    proxyFault(proxy),
    caFault(ca),
  ].filter((fault) => fault !== undefined);
}

function retriesFault(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const usable = Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_RETRIES;
  return usable ? undefined : `backchannel.retries: not a whole number from 0 to ${MAX_RETRIES}.`;
}

/** Never repeats a value, which may be a key. */
function headerFaults(value: unknown): string[] {
  if (value === undefined) return [];
  if (!isJsonObject(value)) return ['backchannel.headers: not an object. Give names and values.'];
  return Object.entries(value).flatMap(([name, header]) => {
    const path = `backchannel.headers[${JSON.stringify(name)}]`;
    if (!HEADER_NAME.test(name)) return [`${path}: no name of a header. Correct it.`];
    if (RESERVED_HEADERS.has(name.toLowerCase())) {
      return [`${path}: is decided by the request. Remove it.`];
    }
    return typeof header === 'string' && HEADER_VALUE.test(header)
      ? []
      : [`${path}: no text that a header can carry. Has it a line break at its end?`];
  });
}

/** Never repeats the value, which may hold a password. */
function proxyFault(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const usable = typeof value === 'string' && URL.canParse(value) && isProxy(new URL(value));
  return usable
    ? undefined
    : `backchannel.proxy: not the URL of a proxy. Give one such as 'http://proxy.example.com:3128' or 'http://user:password@proxy.example.com:3128', with special characters percent-encoded.`;
}

function isProxy({ protocol, pathname, search, hash, username, password }: URL): boolean {
  const isPlace = /^https?:$/.test(protocol) && pathname === '/' && search === '' && hash === '';
  // Half of the credentials would be left out in silence.
  return isPlace && Boolean(username) === Boolean(password) && isEncoded(username + password);
}

function isEncoded(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}

function caFault(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const given: unknown[] = Array.isArray(value) ? value : [value];
  return given.length > 0 && given.every((pem) => readCertificates(pem))
    ? undefined
    : `backchannel.ca: no certificates that can be read. Give PEM text, or several in an array.`;
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
    headers: { ...headers },
    proxy,
    ca: typeof ca === 'string' ? [ca] : ca && [...ca],
  };
}
