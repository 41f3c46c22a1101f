import { existsSync } from 'node:fs';
import process from 'node:process';

/** Says what to do where there is no browser, in place of a failure of every single test. */
export default function requireBrowser() {
  const path = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  if (!existsSync(path)) {
    throw new Error(
      `There is no browser at ${path}. On Debian: apt-get install chromium. Elsewhere: CHROMIUM=/path/to/chrome npm run test:browser.`,
    );
  }
}
