import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { deadLinks } from './support/pages.js';

const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  encoding: 'utf8',
});
const [tarball] = JSON.parse(output) as [{ files: { path: string }[] }];
const packed = new Set(tarball.files.map(({ path }) => path));
const isPacked = (path: string) => packed.has(path);
const pages = [...packed].filter((path) => path.endsWith('.md'));

describe('the tarball', () => {
  it('has what people read, code with its maps, types, and nothing else', () => {
    expect(pages).toEqual(
      expect.arrayContaining(['README.md', 'CHANGELOG.md', 'SECURITY.md', 'docs/index.md']),
    );
    const others = [...packed].filter(
      (path) => !/^dist\/.*(\.js|\.js\.map|\.d\.c?ts)$|\.(md|svg)$/.test(path),
    );
    expect(others.toSorted()).toEqual(['LICENSE', 'package.json']);
  });

  it.each(pages)('has whatever the links of %s lead to', (path) => {
    expect(deadLinks(path, readFileSync(path, 'utf8'), isPacked)).toEqual([]);
  });

  it('would be told of a link to what only the repository has', () => {
    const text = '[a](../CONTRIBUTING.md) [b](protect.md)';
    expect(deadLinks('docs/x.md', text, isPacked)).toEqual(['../CONTRIBUTING.md']);
  });
});
