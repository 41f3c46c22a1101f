import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  Page,
  Response,
} from 'playwright-core';
import { lowestContrast } from './lowest-contrast.js';
import type { WebStage } from './web-stage.js';

/** Somebody with a browser window of their own, who remembers all that it was sent. */
export class Visitor {
  private readonly reading: Promise<string>[] = [];
  /** What the browser did not want to load or run. */
  readonly complaints: string[] = [];

  private constructor(
    private readonly stage: WebStage,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async open(
    browser: Browser,
    stage: WebStage,
    options: BrowserContextOptions = {},
  ): Promise<Visitor> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(15_000);
    const visitor = new Visitor(stage, context, await context.newPage());
    context.on('response', (response) => visitor.remember(response));
    context.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) {
        visitor.complaints.push(message.text());
      }
    });
    return visitor;
  }

  /** Opens a page of the web application. Answers the last response, after all redirects. */
  async go(path: string): Promise<Response> {
    const response = await this.page.goto(this.stage.url + path);
    if (!response) throw new Error(`No answer for ${path}`);
    return response;
  }

  /** Presses a button, or follows a link that looks like one. Answers the last response. */
  async press(name: string): Promise<Response> {
    const control = this.page
      .getByRole('button', { name, exact: true })
      .or(this.page.getByRole('link', { name, exact: true }));
    const [response] = await Promise.all([
      this.page.waitForResponse((one) => one.request().isNavigationRequest() && !isRedirect(one)),
      control.click(),
    ]);
    await this.page.waitForLoadState();
    return response;
  }

  /** From the login page of the identity server back to the web application. */
  async enterPassword(user: string): Promise<void> {
    await this.enterPasswordOnly(user);
    await this.press('Allow');
  }

  /** No further than to the consent page. */
  async enterPasswordOnly(user: string): Promise<void> {
    await this.page.getByLabel('Name').fill(user);
    await this.page.getByLabel('Password').fill(`${user}-password`);
    await this.press('Sign in');
  }

  async signIn(user: string): Promise<void> {
    await this.go('/');
    await this.press('Sign in');
    await this.enterPassword(user);
  }

  title(): Promise<string> {
    return this.page.getByRole('heading', { level: 1 }).innerText();
  }

  /** The rows of the tables of the page. */
  async rows(): Promise<Record<string, string>> {
    const rows = await this.page.getByRole('row').all();
    return Object.fromEntries(
      await Promise.all(
        rows.map(async (row) => [
          await row.getByRole('rowheader').innerText(),
          await row.getByRole('cell').innerText(),
        ]),
      ),
    );
  }

  /** The lowest contrast of any text to what is behind it, by WCAG 2: 1 is invisible, 21 is black on white. */
  contrast(): Promise<number> {
    return this.page.evaluate(lowestContrast);
  }

  async sessionCookie() {
    const cookies = await this.context.cookies();
    return cookies.find(({ name }) => name === 'web.sid');
  }

  /** Everything that came into the browser from the web application: bodies, headers, cookies, storage. */
  async everythingReceived(): Promise<string> {
    const state = await this.context.storageState();
    return [...(await Promise.all(this.reading)), JSON.stringify(state), this.page.url()].join(
      '\n',
    );
  }

  async close(): Promise<void> {
    // Whatever is on its way could not be read any more.
    await Promise.allSettled(this.reading);
    await this.context.close();
  }

  private remember(response: Response): void {
    if (!response.url().startsWith(this.stage.url)) return;
    this.reading.push(
      (async () => {
        const body = isRedirect(response) ? '' : await response.text().catch(() => '');
        return `${response.url()}\n${JSON.stringify(await response.allHeaders())}\n${body}`;
      })(),
    );
  }
}

function isRedirect(response: Response): boolean {
  return response.status() >= 300 && response.status() < 400;
}
