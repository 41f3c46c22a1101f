import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import base from '../../jest.config.json' with { type: 'json' };
import manifest from '../../package.json' with { type: 'json' };

const tests = new URL('../e2e/', import.meta.url);
const support = new URL('../support/', import.meta.url);

/** The files of a folder of tests that match. */
function filesWith(folder, pattern) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && pattern.test(readFileSync(new URL(path, folder), 'utf8')),
  );
}

const INSIDE = /'(\.\.\/)+lib\//;
const helpers = filesWith(support, INSIDE).map((path) => path.replace(/\.ts$/, '\\.js'));

/** What looks inside of `lib/`, itself or by what it is helped by, cannot do so in the published form, and would mix the two. */
const lookInside = [
  ...filesWith(tests, INSIDE),
  ...filesWith(tests, new RegExp(`/support/(${helpers.join('|') || 'none'})'`)),
];

const elsewhere = Object.entries(base.moduleNameMapper).filter(
  ([, file]) => !file.includes('/lib/'),
);

/** The names of the package, each with the file that a program gets for it. */
const published = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target !== 'string')
  .map(([entry, target]) => [
    `^${manifest.name}${entry.slice(1)}$`,
    target.default.replace('.', '<rootDir>'),
  ]);

/** The tests over HTTP once more, against the published form: `npm run build` makes it. */
export default {
  ...base,
  rootDir: fileURLToPath(new URL('../..', import.meta.url)),
  roots: ['<rootDir>/test/e2e'],
  testPathIgnorePatterns: [
    ...base.testPathIgnorePatterns,
    ...lookInside.map((path) => `/${path}$`),
  ],
  moduleNameMapper: Object.fromEntries([...published, ...elsewhere]),
};
