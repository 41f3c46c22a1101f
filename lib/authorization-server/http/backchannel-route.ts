import { readCertificates } from './certificates.js';
import { type Environment, proxiesIn } from './environment-proxy.js';
import { isJsonObject } from '../../common/json.js';

/** Headers by their names. */
export type BackchannelHeaders = Readonly<Record<string, string>>;

/** The way from this application to authorization servers. */
export interface BackchannelRoute {
  /**
   * Headers of every request, such as the key of a gateway: values, or a function that is asked for them before each
   * request, for what changes, such as the token of a pod. What it throws is not repeated.
   */
  headers?:
    BackchannelHeaders | (() => BackchannelHeaders | Promise<BackchannelHeaders>) | undefined;
  /**
   * The proxy to use, such as `http://proxy.example.com:3128`; or `'environment'` for those that `HTTPS_PROXY`, `HTTP_PROXY`
   * and `ALL_PROXY` name, except for what `NO_PROXY` lists and for this machine. These variables are read at start.
   *
   * @defaultValue none
   */
  proxy?: string | undefined;
  /** Certificates of authorities to trust, as PEM text, in place of those of Node.js. */
  ca?: string | readonly string[] | undefined;
}

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What a header can carry: visible characters, spaces within, nothing that begins another line. */
const HEADER_VALUE = /^[\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/;
/** What the request itself decides: what it is for, and how it is framed. */
const RESERVED_HEADERS = new Set([
  'accept',
  'accept-encoding',
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

/**
 * What is wrong with the members of a route. Never repeats a value, which may be a key or hold a password.
 *
 * @param reserved headers that the request decides besides, in small letters
 */
export function routeFaults(
  path: string,
  { headers, proxy, ca }: Record<string, unknown>,
  reserved: readonly string[] = [],
  environment: Environment = process.env,
): string[] {
  const isFunction = typeof headers === 'function';
  return [
    ...(isFunction ? [] : headerFaults(`${path}.headers`, headers, reserved)),
    ...proxyFaults(`${path}.proxy`, proxy, environment),
    ...caFaults(`${path}.ca`, ca),
  ];
}

/** The same for the headers alone, as they were given or as a function gave them. */
export function headerFaults(path: string, value: unknown, reserved: readonly string[]): string[] {
  if (value === undefined) return [];
  if (!isJsonObject(value)) return [`${path}: not an object. Give names and values.`];
  return Object.entries(value).flatMap(([name, header]) => {
    const place = `${path}[${JSON.stringify(name)}]`;
    if (!HEADER_NAME.test(name)) return [`${place}: no name of a header. Correct it.`];
    if (RESERVED_HEADERS.has(name.toLowerCase()) || reserved.includes(name.toLowerCase())) {
      return [`${place}: is decided by the request. Remove it.`];
    }
    return typeof header === 'string' && HEADER_VALUE.test(header)
      ? []
      : [`${place}: no text that a header can carry. Has it a line break at its end?`];
  });
}

function proxyFaults(path: string, value: unknown, environment: Environment): string[] {
  if (value === undefined) return [];
  if (value === 'environment') {
    return proxiesIn(environment)
      .filter(([, proxy]) => !isProxy(proxy))
      .map(([variable]) => `${path}: ${variable} of the environment is ${NOT_A_PROXY}.`);
  }
  return isProxy(value) ? [] : [`${path}: ${NOT_A_PROXY}, or 'environment'.`];
}

const NOT_A_PROXY = `not the URL of a proxy. Give one such as 'http://proxy.example.com:3128' or 'http://user:password@proxy.example.com:3128', with special characters percent-encoded`;

function isProxy(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, pathname, search, hash, username, password } = new URL(value);
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

function caFaults(path: string, value: unknown): string[] {
  if (value === undefined) return [];
  const given: unknown[] = Array.isArray(value) ? value : [value];
  return given.length > 0 && given.every((pem) => readCertificates(pem))
    ? []
    : [`${path}: no certificates that can be read. Give PEM text, or several in an array.`];
}

/** The longest that a timer can hold. */
export const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** What is wrong with a time limit in milliseconds. */
export function timeoutFault(path: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= MAX_TIMEOUT_MS
    ? undefined
    : `${path}: not a whole number of milliseconds. Give one above zero, such as 10_000.`;
}
