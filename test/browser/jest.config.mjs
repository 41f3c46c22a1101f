import { fileURLToPath } from 'node:url';
import base from '../../jest.config.json' with { type: 'json' };

/** The tests that drive a real browser: one file after the other, as each browser wants a processor of its own. */
export default {
  ...base,
  rootDir: fileURLToPath(new URL('../..', import.meta.url)),
  roots: ['<rootDir>/test/browser'],
  testRegex: '\\.browser-spec\\.ts$',
  globalSetup: '<rootDir>/test/browser/support/require-browser.mjs',
  maxWorkers: 1,
};
