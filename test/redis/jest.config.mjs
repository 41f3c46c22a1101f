import { fileURLToPath } from 'node:url';
import base from '../../jest.config.json' with { type: 'json' };

/** The tests against a real redis-server: one file after the other, as some of them fill both processors. */
export default {
  ...base,
  rootDir: fileURLToPath(new URL('../..', import.meta.url)),
  roots: ['<rootDir>/test/redis'],
  testRegex: '\\.redis-spec\\.ts$',
  globalSetup: '<rootDir>/test/redis/support/require-redis.mjs',
  maxWorkers: 1,
};
