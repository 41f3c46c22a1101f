import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { CookieJar, type Cookie } from './cookie-jar.js';
import { readForms, type HtmlForm } from './html-form.js';

const MAX_REDIRECTS = 20;

/** Where a browser has come to. */
export interface BrowserPage {
  url: string;
  /** 0 when the browser stopped before it asked for this address. */
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  forms: HtmlForm[];
  /** The addresses before this one, oldest first. */
  redirects: string[];
}

export interface BrowseOptions {
  /** Added to those that a browser sends, or in their place. */
  headers?: OutgoingHttpHeaders;
  /** Default: true */
  followRedirects?: boolean;
  /** An address that is not asked for when a redirect leads to it, whatever its query is. */
  stopAt?: string;
}

export interface TestBrowserOptions {
  /** Of servers with certificates of their own. */
  ca?: string;
}

/** As much of a browser as a sign-in needs: cookies, redirects and forms, but no script. */
export class TestBrowser {
  private readonly jar = new CookieJar();
  private current: BrowserPage | undefined;

  constructor(private readonly options: TestBrowserOptions = {}) {}

  /** The page that is open. */
  get page(): BrowserPage {
    if (!this.current) throw new Error('No page is open yet.');
    return this.current;
  }

  /** All cookies that it keeps, with their flags. */
  get cookies(): readonly Cookie[] {
    return this.jar.all();
  }

  /** As after all cookies have been deleted. */
  clearCookies(): void {
    this.jar.clear();
  }

  /** Opens an address as if it were typed in. */
  get(url: string, options: BrowseOptions = {}): Promise<BrowserPage> {
    return this.open('GET', new URL(url), undefined, 'none', options);
  }

  /** Sends fields as a form of the page that is open would. */
  post(
    url: string,
    fields: Record<string, string> = {},
    options: BrowseOptions = {},
  ): Promise<BrowserPage> {
    const target = new URL(url);
    const body = new URLSearchParams(fields).toString();
    return this.open('POST', target, body, this.siteOf(target), options);
  }

  /** Fills in the form that has this button, and presses it. */
  press(
    button: string,
    fields: Record<string, string> = {},
    options: BrowseOptions = {},
  ): Promise<BrowserPage> {
    for (const form of this.page.forms) {
      const pressed = form.buttons.find((each) => each.text === button);
      if (pressed) {
        const target = new URL(form.action || this.page.url, this.page.url);
        const values = { ...form.fields, ...fields };
        if (pressed.name !== undefined) values[pressed.name] = pressed.value;
        if (form.method === 'POST') return this.post(target.href, values, options);
        target.search = new URLSearchParams(values).toString();
        return this.open('GET', target, undefined, this.siteOf(target), options);
      }
    }
    throw new Error(`There is no button "${button}" at ${this.page.url} (${this.page.status}).`);
  }

  /** Whether the page that is open has this button. */
  has(button: string): boolean {
    return this.page.forms.some(({ buttons }) =>
      buttons.some(({ text: label }) => label === button),
    );
  }

  /**
   * From the login page of our authorization server, or its consent page, back to the application: signs
   * in and allows what is asked for. Answers the page at which it ends.
   */
  async signIn(
    username: string,
    { password = `${username}-password`, ...options }: BrowseOptions & { password?: string } = {},
  ): Promise<BrowserPage> {
    if (!(this.has('Sign in') || this.has('Allow'))) {
      throw new Error(`Nobody asks to sign in at ${this.page.url} (${this.page.status}).`);
    }
    if (this.has('Sign in')) await this.press('Sign in', { username, password }, options);
    if (this.page.forms.length === 0) return this.page;
    await this.passOn(options);
    if (this.has('Allow')) await this.press('Allow', {}, options);
    return this.page;
  }

  /** oidc-provider has pages that submit themselves by script, which we do not run. */
  private async passOn(options: BrowseOptions): Promise<void> {
    while (this.page.body.includes('document.forms[0].submit()')) {
      await this.press('Continue', {}, options);
    }
  }

  private async open(
    method: string,
    url: URL,
    body: string | undefined,
    site: string,
    options: BrowseOptions,
  ): Promise<BrowserPage> {
    const { followRedirects = true, stopAt } = options;
    const redirects: string[] = [];
    const origin = this.current ? new URL(this.current.url).origin : url.origin;
    let [verb, target, content] = [method, url, body];
    for (;;) {
      const stop = redirects.length > 0 && target.origin + target.pathname === stopAt;
      const page = stop
        ? { status: 0, headers: {}, body: '' }
        : await this.ask(verb, target, content, {
            'sec-fetch-site': site,
            ...(verb === 'GET' ? {} : { origin }),
            ...options.headers,
          });
      this.current = {
        ...page,
        url: target.href,
        forms: readForms(page.body),
        redirects: [...redirects],
      };
      const { location } = page.headers;
      if (!(followRedirects && location !== undefined && page.status >= 300 && page.status < 400)) {
        return this.current;
      }
      redirects.push(target.href);
      if (redirects.length > MAX_REDIRECTS)
        throw new Error(`Sent in circles: ${redirects.join(' ')}`);
      target = new URL(location, target);
      if (page.status < 307) [verb, content] = ['GET', undefined];
    }
  }

  private ask(
    method: string,
    url: URL,
    body: string | undefined,
    headers: OutgoingHttpHeaders,
  ): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
    const cookie = this.jar.headerFor(url);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const outgoing = send(url, {
        method,
        agent: false,
        ...(this.options.ca === undefined ? {} : { ca: this.options.ca }),
        headers: {
          accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
          'sec-fetch-mode': 'navigate',
          'sec-fetch-dest': 'document',
          ...(cookie === undefined ? {} : { cookie }),
          ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
          ...headers,
        },
      });
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        this.jar.store(url, response.headers['set-cookie']);
        const { statusCode = 0, headers: answered } = response;
        text(response).then(
          (answer) => resolve({ status: statusCode, headers: answered, body: answer }),
          reject,
        );
      });
      outgoing.end(body);
    });
  }

  /** What a browser says of the way from the page that is open to an address. */
  private siteOf(target: URL): string {
    if (!this.current) return 'none';
    const { origin, hostname } = new URL(this.current.url);
    if (origin === target.origin) return 'same-origin';
    return hostname === target.hostname ? 'same-site' : 'cross-site';
  }
}
