import type { Browser, BrowserContextOptions } from 'playwright-core';
import { launchBrowser } from './browser.js';
import { Visitor } from './visitor.js';
import { WebStage, type WebStageOptions } from './web-stage.js';

export interface BrowserTests {
  /** The servers; there from before the first test until after the last. */
  readonly stage: WebStage;
  /** Somebody new, who leaves after the test. */
  newVisitor(options?: BrowserContextOptions): Promise<Visitor>;
}

/** For a file of tests: a browser, the servers, and visitors whose browser had nothing to complain about. */
export function useBrowser(options: WebStageOptions = {}): BrowserTests {
  let stage: WebStage | undefined;
  let browser: Browser | undefined;
  let visitors: Visitor[] = [];

  const there = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('Only there while tests run.');
    return part;
  };

  beforeAll(async () => {
    stage = await WebStage.open(options);
    browser = await launchBrowser();
  });
  beforeEach(() => there(stage).server.clear());
  afterEach(async () => {
    const complaints = visitors.flatMap((visitor) => visitor.complaints);
    await Promise.all(visitors.map((visitor) => visitor.close()));
    visitors = [];
    expect(complaints).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  });

  return {
    get stage() {
      return there(stage);
    },
    async newVisitor(context) {
      const visitor = await Visitor.open(there(browser), there(stage), context);
      visitors.push(visitor);
      return visitor;
    },
  };
}
