import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { useBrowser } from './support/use-browser.js';
import type { Visitor } from './support/visitor.js';

/** `SCREENSHOTS=1 npm run test:browser` makes those of the README anew. */
const images = process.env['SCREENSHOTS'] ? resolve('docs/images') : undefined;
if (images) mkdirSync(images, { recursive: true });

const phone = { viewport: { width: 320, height: 640 } };

const walk: [page: string, way: (visitor: Visitor) => Promise<unknown>][] = [
  ['web-welcome', (visitor) => visitor.go('/')],
  ['login', (visitor) => visitor.press('Sign in')],
  ['consent', (visitor) => visitor.enterPasswordOnly('alice')],
  ['web-home', (visitor) => visitor.press('Allow')],
  ['web-call', (visitor) => visitor.press('Call the API as you')],
  ['web-call-application', (visitor) => visitor.press('Call it as this application')],
  ['web-signed-out', (visitor) => visitor.press('Sign out')],
  ['logout', (visitor) => visitor.press('Sign out of the identity server')],
  ['web-error', (visitor) => visitor.go('/auth/callback?state=tampered')],
];

describe('the looks of the web application of the sample, in a browser', () => {
  const tests = useBrowser();

  const photograph = (visitor: Visitor, name: string) =>
    images && visitor.page.screenshot({ path: `${images}/${name}.png`, fullPage: true });

  it('has no page that is too wide for a phone', async () => {
    const visitor = await tests.newVisitor(phone);
    const tooWide: string[] = [];
    for (const [page, way] of walk) {
      await way(visitor);
      const excess = await visitor.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (excess > 0) tooWide.push(`${page}: ${excess} px`);
    }
    expect(tooWide).toEqual([]);
  });

  it.each(['light', 'dark'] as const)(
    'has text that can be read on its background, %s',
    async (colorScheme) => {
      const visitor = await tests.newVisitor({
        colorScheme,
        viewport: { width: 900, height: 500 },
      });
      for (const [page, way] of walk) {
        await way(visitor);
        const contrast = await visitor.contrast();
        // WCAG 2 AA, for text of any size.
        expect({ page, least: contrast >= 4.5 ? 'enough' : contrast }).toEqual({
          page,
          least: 'enough',
        });
        const shown = { light: ['web-home', 'login'], dark: ['web-call', 'web-signed-out'] };
        if (shown[colorScheme].includes(page)) await photograph(visitor, page);
      }
    },
  );
});
