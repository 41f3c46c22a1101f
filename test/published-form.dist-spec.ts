import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, string | { default: string }>;
};
const entries = Object.values(exports)
  .flatMap((target) => (typeof target === 'string' ? [] : [target.default]))
  .map((file) => file.replace('./dist/', ''));

const published = readdirSync('dist', { recursive: true, encoding: 'utf8' });
const maps = published
  .filter((path) => path.endsWith('.map'))
  .map((path) => {
    const file = join('dist', path);
    const map = JSON.parse(readFileSync(file, 'utf8')) as Record<
      'sources' | 'sourcesContent',
      string[]
    >;
    return map.sources.map((source, i) => ({
      source: join(dirname(file), source),
      content: map.sourcesContent[i],
    }));
  });

function outputOf(program: string): string {
  const flags = ['--enable-source-maps', '--input-type=module', '--eval', program];
  return execFileSync(process.execPath, flags, { encoding: 'utf8' });
}

/** What a module exports: the names that classes and functions have for Nest's messages, and the kind of everything else. */
function exportedBy(file: string): Record<string, string> {
  return JSON.parse(
    outputOf(`
      const names = Object.entries(await import(${JSON.stringify(file)})).map(([key, value]) =>
        [key, typeof value === 'function' ? 'function ' + value.name : typeof value]);
      console.log(JSON.stringify(Object.fromEntries(names)));`),
  ) as Record<string, string>;
}

describe('the published form', () => {
  it('is a file for each entry point, and what they share', () => {
    const code = published.filter((path) => path.endsWith('.js'));
    expect(code.filter((path) => !path.startsWith('shared/')).toSorted()).toEqual(
      entries.toSorted(),
    );
    // One for each set of entry points that share something: no entry loads what only another one needs.
    expect(code.length).toBeLessThanOrEqual(2 ** entries.length);
  });

  it.each(entries)(
    'exports from %s the same as what tsc compiles, under the same names',
    (file) => {
      const names = exportedBy(`./dist/${file}`);
      expect(names).toEqual(exportedBy(`./build/${file}`));
      expect(Object.keys(names).length).toBeGreaterThan(0);
    },
  );

  it('has source maps that lead to lib/, which they carry', () => {
    const sources = maps.flat();
    expect(sources.length).toBeGreaterThan(100);
    const others = sources.filter(
      ({ source, content }) =>
        !source.startsWith('lib/') || readFileSync(source, 'utf8') !== content,
    );
    expect(others).toEqual([]);
  });

  it('leads from a stack trace to the line in lib/', () => {
    const stack = outputOf(`
      import { RequireScope } from 'nestjs-access-tokens';
      try { RequireScope(''); } catch (error) { console.log(error.stack); }`);
    const [, file = '', line] = /(lib\/\S+\.ts):(\d+):\d+/.exec(stack) ?? [];
    expect(basename(file)).toBe('require-scope.decorator.ts');
    expect(readFileSync(file, 'utf8').split('\n')[Number(line) - 1]).toContain('new TypeError(');
  });
});
