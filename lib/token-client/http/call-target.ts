import type { InternalAxiosRequestConfig } from 'axios';
import { OriginNotAllowedError } from '../errors.js';

const ABSOLUTE = /^([a-z][a-z\d+\-.]*:)?\/\//i;

/** The origins that one named client may send its token to. */
export class AllowedOrigins {
  constructor(
    private readonly client: string,
    private readonly origins: ReadonlySet<string>,
  ) {}

  /** @throws {OriginNotAllowedError} unless the URL is at one of them */
  check(url: URL | undefined): URL {
    if (url && this.origins.has(url.origin)) return url;
    // The origin of anything but http and the like is the string 'null', which tells nobody anything.
    const shown = url ? (url.origin === 'null' ? url.protocol : url.origin) : 'an invalid URL';
    throw new OriginNotAllowedError(this.client, shown, [...this.origins]);
  }
}

/**
 * The URL that a call goes to, put together as Axios does it; nothing where there is none. It is not only
 * looked at but also sent to, so that no difference in reading a URL can lead past the check.
 */
export function targetOf({
  baseURL,
  url = '',
  allowAbsoluteUrls,
}: InternalAxiosRequestConfig): URL | undefined {
  const relative = !ABSOLUTE.test(url) || allowAbsoluteUrls === false;
  const full = baseURL && relative ? joined(baseURL, url) : url;
  return parsed(full);
}

/** A URL, if it is one; in one go, as `URL.canParse` first would do the work twice. */
export function parsed(url: unknown): URL | undefined {
  try {
    return new URL(String(url));
  } catch {
    return undefined;
  }
}

function joined(baseURL: string, url: string): string {
  return url ? `${baseURL.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}` : baseURL;
}
