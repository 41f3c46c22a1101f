import type { InternalAxiosRequestConfig } from 'axios';
import { isLoopback } from '../../common/secure-url.js';
import { OriginNotAllowedError } from './call.errors.js';

const SCHEME = /^[a-z][a-z\d+\-.]*:/i;
const ABSOLUTE = /^([a-z][a-z\d+\-.]*:)?\/\//i;
/** A path that begins with one slash names no host, whoever reads it: after a second one, of either kind, that would come. */
const ONE_SLASH = /^\/[\w\-.~%?=&]/;
const SLASHES_BEFORE = /^\/+/;
const SLASHES_AFTER = /\/+$/;

/** The places that one named client may send its token to. */
export class CallTargets {
  readonly #base: string | undefined;
  readonly #href: string;
  readonly #prefix: string;
  readonly #local: readonly string[];

  constructor(
    private readonly client: string,
    private readonly origins: ReadonlySet<string>,
    baseURL?: string,
  ) {
    const base = parsed(baseURL);
    this.#base = base && baseURL;
    this.#href = base?.href ?? '';
    this.#prefix = this.#href.replace(SLASHES_AFTER, '');
    // With the slash that ends an origin, so that what begins with it is there.
    this.#local = [...origins]
      .filter((origin) => isLoopback(new URL(origin)))
      .map((origin) => `${origin}/`);
  }

  /**
   * The URL that a call goes to, put together as Axios does it. It is not only looked at but also sent
   * to, so that no difference in reading a URL can lead past the check.
   *
   * @throws {OriginNotAllowedError}
   */
  of({ baseURL, url, allowAbsoluteUrls }: InternalAxiosRequestConfig): string {
    if (baseURL !== undefined && baseURL === this.#base && isPath(url, allowAbsoluteUrls)) {
      // Needs no second look: it begins with an origin and the slash that ends it, and whatever comes
      // after that is path, query or fragment to every reader (WHATWG URL, authority state).
      return url ? `${this.#prefix}/${url.replace(SLASHES_BEFORE, '')}` : this.#href;
    }
    return this.check(textOf(baseURL, url, allowAbsoluteUrls)).href;
  }

  /** @throws {OriginNotAllowedError} unless the URL is at one of them */
  check(text: unknown, way: 'call' | 'redirect' = 'call'): URL {
    const url = parsed(text);
    if (url && this.origins.has(url.origin)) return url;
    const shown = url
      ? placeOf(url)
      : SCHEME.test(String(text))
        ? 'an invalid URL'
        : 'a URL without a scheme';
    throw new OriginNotAllowedError(this.client, shown, [...this.origins], way === 'redirect');
  }

  /** Whether a target is on this machine, where nobody else has a part in how to get there. */
  isLoopback(target: string): boolean {
    if (this.#local.length === 0) return false;
    const text = hasUserInfo(target) ? `${new URL(target).origin}/` : target;
    return this.#local.some((origin) => text.startsWith(origin));
  }
}

/**
 * Whether a target is what the parts of a call's URL make, and stays at its origin in whichever of the usual ways somebody else
 * puts them together: joined with a slash, one straight after the other, or one relative to the other.
 */
export function isTargetOf(target: string, config: InternalAxiosRequestConfig): boolean {
  const { baseURL, url = '', allowAbsoluteUrls } = config;
  const text = textOf(baseURL, url, allowAbsoluteUrls);
  // Most calls, without a look into any URL.
  if (baseURL && text === target && ONE_SLASH.test(url)) return true;
  const wanted = parsed(target);
  if (parsed(text)?.href !== wanted?.href) return false;
  const base = baseURL || target;
  const relative = URL.canParse(url, base) ? new URL(url, base) : undefined;
  const others = [parsed(`${baseURL ?? ''}${url}`), relative];
  return others.every((other) => other?.origin === wanted?.origin);
}

/** The origin of anything but http and the like is the string 'null', which tells nobody anything. */
function placeOf({ origin, protocol }: URL): string {
  return origin === 'null' ? protocol : origin;
}

/** Whether a URL brings user and password of its own. */
export function hasUserInfo(target: string): boolean {
  if (!target.includes('@')) return false;
  const { username, password } = new URL(target);
  return username !== '' || password !== '';
}

/** A URL, if it is one; in one go, as `URL.canParse` first would do the work twice. */
export function parsed(url: unknown): URL | undefined {
  try {
    return new URL(String(url));
  } catch {
    return undefined;
  }
}

function isPath(url: unknown, allowAbsoluteUrls: boolean | undefined): url is string | undefined {
  if (typeof url !== 'string') return url === undefined;
  return !ABSOLUTE.test(url) || allowAbsoluteUrls === false;
}

function textOf(
  baseURL: string | undefined,
  url: string | undefined,
  allowAbsoluteUrls: boolean | undefined,
): string | undefined {
  if (!baseURL || !isPath(url, allowAbsoluteUrls)) return url;
  if (!url) return baseURL;
  return `${baseURL.replace(SLASHES_AFTER, '')}/${url.replace(SLASHES_BEFORE, '')}`;
}
