import type { InternalAxiosRequestConfig } from 'axios';
import { OriginNotAllowedError } from '../call.errors.js';

const ABSOLUTE = /^([a-z][a-z\d+\-.]*:)?\/\//i;
const SLASHES_BEFORE = /^\/+/;
const SLASHES_AFTER = /\/+$/;

/** The places that one named client may send its token to. */
export class CallTargets {
  readonly #base: string | undefined;
  readonly #href: string;
  readonly #prefix: string;

  constructor(
    private readonly client: string,
    private readonly origins: ReadonlySet<string>,
    baseURL?: string,
  ) {
    const base = parsed(baseURL);
    this.#base = base && baseURL;
    this.#href = base?.href ?? '';
    this.#prefix = this.#href.replace(SLASHES_AFTER, '');
  }

  /**
   * The URL that a call goes to, put together as Axios does it. It is not only looked at but also sent
   * to, so that no difference in reading a URL can lead past the check.
   *
   * @returns nothing where the URL brings user and password of its own
   * @throws {OriginNotAllowedError}
   */
  of({ baseURL, url, allowAbsoluteUrls }: InternalAxiosRequestConfig): string | undefined {
    if (baseURL !== undefined && baseURL === this.#base && isPath(url, allowAbsoluteUrls)) {
      // Needs no second look: it begins with an origin and the slash that ends it, and whatever comes
      // after that is path, query or fragment to every reader (WHATWG URL, authority state).
      return url ? `${this.#prefix}/${url.replace(SLASHES_BEFORE, '')}` : this.#href;
    }
    const target = targetOf(baseURL, url, allowAbsoluteUrls);
    if (target?.username || target?.password) return undefined;
    return this.check(target).href;
  }

  /** @throws {OriginNotAllowedError} unless the URL is at one of them */
  check(url: URL | undefined): URL {
    if (url && this.origins.has(url.origin)) return url;
    // The origin of anything but http and the like is the string 'null', which tells nobody anything.
    const shown = url ? (url.origin === 'null' ? url.protocol : url.origin) : 'an invalid URL';
    throw new OriginNotAllowedError(this.client, shown, [...this.origins]);
  }
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

function targetOf(
  baseURL: string | undefined,
  url: string | undefined,
  allowAbsoluteUrls: boolean | undefined,
): URL | undefined {
  if (!baseURL || !isPath(url, allowAbsoluteUrls)) return parsed(url);
  if (!url) return parsed(baseURL);
  return parsed(`${baseURL.replace(SLASHES_AFTER, '')}/${url.replace(SLASHES_BEFORE, '')}`);
}
