import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the documentation tells those who have jest to write, taken from there. */
const page = readFileSync(new URL('../../docs/test.md', import.meta.url), 'utf8');
const [, jestLine] = /```json\n(\{\n +"transformIgnorePatterns".*?)```/s.exec(page);
/** And how the types of the matchers get into `expect`. */
const kitPage = readFileSync(new URL('../../docs/test-tokens.md', import.meta.url), 'utf8');
const [, jestTypes] = /```ts\n\/\/ test\/matchers\.jest\.ts\n(.*?)```/s.exec(kitPage);
const [, vitestTypes] = /```typescript\n\/\/ test\/matchers\.vitest\.ts\n(.*?)```/s.exec(kitPage);

/** ES modules and vitest, in the newest versions. */
export const nest12 = {
  name: 'nest-12',
  generator: '@nestjs/cli@12',
  nodes: ['20', '22', '24'],
  versions: {
    '@nestjs/axios': '^12.0.0',
    '@nestjs/passport': '^12.0.0',
    '@nestjs/platform-fastify': '^12.0.0',
    axios: '^1.16.1',
    passport: '^0.7.0',
  },
  prepare: (folder) => writeFileSync(join(folder, 'test/matchers.ts'), vitestTypes),
};

/** CommonJS and jest, as it is generated; and then in the lowest versions that the package says it works with. */
export const nest11 = {
  name: 'nest-11',
  generator: '@nestjs/cli@11',
  nodes: ['20', '22', '24'],
  versions: {
    '@nestjs/axios': '^4.0.0',
    '@nestjs/passport': '^11.0.2',
    '@nestjs/platform-fastify': '^11.0.0',
    axios: '^1.16.1',
    passport: '^0.7.0',
  },
  lowest: {
    '@nestjs/axios': '4.0.0',
    '@nestjs/common': '11.1.4',
    '@nestjs/core': '11.1.4',
    '@nestjs/passport': '11.0.2',
    '@nestjs/platform-express': '11.1.4',
    '@nestjs/platform-fastify': '11.1.4',
    '@nestjs/testing': '11.1.4',
    axios: '1.16.1',
    passport: '0.7.0',
  },
  prepare(folder) {
    edit(join(folder, 'package.json'), ({ jest }) => Object.assign(jest, JSON.parse(jestLine)));
    edit(join(folder, 'test/jest-e2e.json'), (jest) => Object.assign(jest, JSON.parse(jestLine)));
    writeFileSync(join(folder, 'test/matchers.ts'), jestTypes);
  },
  // The imports of a CommonJS application are without extensions.
  source: (text) => text.replace(/(from '\.[^']+)\.js'/g, "$1'"),
};

export function edit(file, change) {
  const content = JSON.parse(readFileSync(file, 'utf8'));
  change(content);
  writeFileSync(file, JSON.stringify(content, null, 2));
}
