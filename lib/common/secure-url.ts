import { isUnsafe, oneLine } from './excerpt.js';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether a URL stays on this machine. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname);
}

/** Whether tokens, keys and credentials may travel to this URL: https, or plain http on loopback. */
export function isSecureUrl(url: URL, allowInsecureHttp = false): boolean {
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && (allowInsecureHttp || isLoopback(url));
}

/** A URL as it may be shown: its query can hold what is not for a log. */
export function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

const MAX_SHOWN_LENGTH = 300;

/** The URL of somebody else in a text: without its query, and not too long. */
export function shownUrl(url: string): string {
  return oneLine(withoutQuery(url), MAX_SHOWN_LENGTH);
}

/**
 * Says what is wrong with a URL that an option gives, or nothing.
 * The sentence begins with the option's name, ready for a `ConfigurationError`.
 */
export function urlFault(
  option: string,
  value: unknown,
  allowInsecureHttp = false,
): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) {
    return `${option}: ${value === undefined ? 'missing' : 'not an absolute URL'}. Give one such as 'https://id.example.com'.`;
  }
  // The parser passes over some of them, so that two spellings would be one URL.
  if (isUnsafe(value)) return `${option}: holds control characters. Remove them.`;
  const url = new URL(value);
  if (!isSecureUrl(url, allowInsecureHttp)) {
    return `${option}: '${url.origin}' is not https. Use https; plain http is only for loopback, or set allowInsecureHttp for a network you trust.`;
  }
  if (url.username || url.password) return `${option}: holds a user name or password. Remove it.`;
  return undefined;
}
