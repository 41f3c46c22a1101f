import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import base from '../../jest.config.json' with { type: 'json' };

// Chosen here, before there are workers, so that all of them have the same one.
process.env.FUZZ_SEED ||= String(randomInt(2 ** 31));

/** Random cases for as long as `FUZZ_SECONDS` says, for each kind of case. What is shown is watched case by case. */
export default {
  ...base,
  rootDir: fileURLToPath(new URL('../..', import.meta.url)),
  roots: ['<rootDir>/test/fuzz'],
  testRegex: '\\.fuzz-spec\\.ts$',
  setupFilesAfterEnv: [],
  maxWorkers: 2,
};
