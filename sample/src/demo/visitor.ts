/** A page as somebody without a screen sees it. */
export interface VisitedPage {
  url: string;
  status: number;
  html: string;
}

const mostRedirects = 20;

/** Walks through pages as a browser would: keeps cookies, follows redirects and sends forms. */
export class Visitor {
  /** By name, as all servers of the sample are on one host. */
  private readonly cookies = new Map<string, string>();
  private page: VisitedPage = { url: '', status: 0, html: '' };

  open(url: string): Promise<VisitedPage> {
    return this.follow(url);
  }

  /** Sends a form to a path, or to where the page came from itself. */
  submit(fields: Record<string, string>, path = this.page.url): Promise<VisitedPage> {
    return this.follow(new URL(path, this.page.url).href, new URLSearchParams(fields));
  }

  /** The same browser as it is now, for a page that does not learn what comes later. */
  clone(): Visitor {
    const clone = new Visitor();
    for (const [name, value] of this.cookies) {
      clone.cookies.set(name, value);
    }
    return clone;
  }

  /** All that the browser would keep. */
  get kept(): string {
    return [...this.cookies.values()].join('\n');
  }

  private async follow(url: string, form?: URLSearchParams): Promise<VisitedPage> {
    let [target, body] = [url, form ?? null];
    for (let redirects = 0; redirects < mostRedirects; redirects++) {
      const response = await fetch(target, {
        method: body ? 'POST' : 'GET',
        body,
        redirect: 'manual',
        headers: {
          accept: 'text/html',
          cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
          ...(body && { 'sec-fetch-site': 'same-origin' }),
        },
        signal: AbortSignal.timeout(10_000),
      });
      this.keep(response.headers.getSetCookie());
      const location = response.headers.get('location');
      if (location === null) {
        this.page = { url: target, status: response.status, html: await response.text() };
        return this.page;
      }
      await response.body?.cancel();
      [target, body] = [new URL(location, target).href, null];
    }
    throw new Error(`Sent in circles, the last time to ${target}`);
  }

  private keep(headers: readonly string[]): void {
    for (const header of headers) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? [];
      if (value === '') {
        this.cookies.delete(name);
      } else {
        this.cookies.set(name, value);
      }
    }
  }
}
