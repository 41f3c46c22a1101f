import type { AxiosInstance, CreateAxiosDefaults, InternalAxiosRequestConfig } from 'axios';
import { hasUserInfo, parsed } from '../calls/call-target.js';

type Headers = Record<string, unknown>;

/** Headers that say who is calling: those of the RFCs, and what APIs call their keys. */
const CREDENTIAL =
  /^((proxy-)?authorization|cookie|dpop)$|(^|[-_])(api-?key|subscription-key|token|secret|password)$/i;
/** What would take the place of the token, or of the proof of its key. */
const IN_PLACE_OF_TOKEN = /^(authorization|dpop)$/i;

/**
 * Takes out of the defaults of a new instance what says who somebody is and is none of the client's options:
 * `axios.create` copies it from `axios.defaults`, where it was put for other APIs.
 *
 * @returns the names of what was dropped
 */
export function dropInherited(
  defaults: AxiosInstance['defaults'],
  own: CreateAxiosDefaults,
  tokenHeader: string,
): string[] {
  const dropped: string[] = [];
  if (defaults.auth && !own.auth) {
    delete defaults.auth;
    dropped.push('auth');
  }
  const base = parsed(defaults.baseURL);
  if (base && own.baseURL === undefined && hasUserInfo(base.href)) {
    base.username = base.password = '';
    defaults.baseURL = base.href;
    dropped.push('baseURL (user and password)');
  }
  const ownHeaders = headersOf(own.headers);
  // Copies, as those that are no plain objects are still those of Axios itself.
  const headers: Headers = { ...headersOf(defaults.headers) };
  drop(headers, ownHeaders, tokenHeader, dropped);
  for (const [name, group] of Object.entries(headers)) {
    if (!isHeaders(group)) continue;
    const copy = { ...group };
    drop(copy, headersOf(ownHeaders[name]), tokenHeader, dropped);
    headers[name] = copy;
  }
  Reflect.set(defaults, 'headers', headers);
  return [...new Set(dropped)];
}

/**
 * The same for a call, and what was put into the defaults of the instance later: only the call itself, or an
 * interceptor, can say that it wants something else sent in place of the token.
 *
 * @returns the names of what was dropped, if anything was
 */
export function dropDefaults(
  config: InternalAxiosRequestConfig,
  defaults: AxiosInstance['defaults'],
  tokenHeader: string,
): string[] | undefined {
  let dropped: string[] | undefined;
  if (config.auth && isSame(config.auth, defaults.auth)) {
    delete config.auth;
    (dropped ??= []).push('auth');
  }
  for (const name in config.headers) {
    // By its length first, as this is asked of each header of each call.
    const { length } = name;
    if (length !== 13 && length !== 4 && length !== tokenHeader.length) continue;
    if (!IN_PLACE_OF_TOKEN.test(name) && !isSameName(name, tokenHeader)) continue;
    const { headers, method = 'get' } = config;
    if (
      !Object.hasOwn(headers, name) ||
      !isDefault(defaults.headers, method, name, headers[name])
    ) {
      continue;
    }
    headers.delete(name);
    (dropped ??= []).push(name);
  }
  return dropped;
}

function drop(headers: Headers, own: Headers, tokenHeader: string, dropped: string[]): void {
  const kept = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  for (const [name, value] of Object.entries(headers)) {
    if (isHeaders(value) || kept.has(name.toLowerCase())) continue;
    if (!CREDENTIAL.test(name) && !isSameName(name, tokenHeader)) continue;
    delete headers[name];
    dropped.push(name);
  }
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function isDefault(defaults: unknown, method: string, name: string, value: unknown): boolean {
  const headers = headersOf(defaults);
  return [headers, headers['common'], headers[method]].some((group) =>
    Object.entries(headersOf(group)).some(
      ([one, other]) => one.toLowerCase() === name.toLowerCase() && String(other) === String(value),
    ),
  );
}

function isSame(auth: unknown, other: unknown): boolean {
  const [one, two] = [headersOf(auth), headersOf(other)];
  return (
    Boolean(other) && one['username'] === two['username'] && one['password'] === two['password']
  );
}

function headersOf(value: unknown): Headers {
  return isHeaders(value) ? value : {};
}

function isHeaders(value: unknown): value is Headers {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
