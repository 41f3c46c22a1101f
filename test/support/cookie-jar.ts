/** A cookie as a browser keeps it. */
export interface Cookie {
  name: string;
  value: string;
  host: string;
  path: string;
  httpOnly: boolean;
  secure: boolean;
  sameSite: string | undefined;
}

/** Keeps cookies as a browser does: by host, but not by port. */
export class CookieJar {
  private readonly cookies = new Map<string, Cookie>();

  all(): readonly Cookie[] {
    return [...this.cookies.values()];
  }

  /** The header `Cookie` of a request to this address. */
  headerFor(url: URL): string | undefined {
    const pairs = this.all()
      .filter((cookie) => cookie.host === url.hostname && pathMatches(url.pathname, cookie.path))
      .toSorted((left, right) => right.path.length - left.path.length)
      .map(({ name, value }) => `${name}=${value}`);
    return pairs.length > 0 ? pairs.join('; ') : undefined;
  }

  store(url: URL, setCookie: readonly string[] = []): void {
    for (const line of setCookie) {
      const [pair = '', ...rest] = line.split(';').map((part) => part.trim());
      const attributes = new Map(
        rest.map((part) => split(part)).map(([k, v]) => [k.toLowerCase(), v]),
      );
      const [name, value] = split(pair);
      const path = attributes.get('path') ?? url.pathname.replace(/\/[^/]*$/, '');
      const key = JSON.stringify([url.hostname, path, name]);
      const expires = attributes.get('expires');
      const ended = expires !== undefined && Date.parse(expires) <= Date.now();
      if (ended || Number(attributes.get('max-age') ?? 1) <= 0) {
        this.cookies.delete(key);
        continue;
      }
      this.cookies.set(key, {
        name,
        value,
        host: url.hostname,
        path: path || '/',
        httpOnly: attributes.has('httponly'),
        secure: attributes.has('secure'),
        sameSite: attributes.get('samesite')?.toLowerCase(),
      });
    }
  }

  clear(): void {
    this.cookies.clear();
  }
}

function pathMatches(path: string, wanted: string): boolean {
  return path === wanted || path.startsWith(wanted.endsWith('/') ? wanted : `${wanted}/`);
}

function split(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}
