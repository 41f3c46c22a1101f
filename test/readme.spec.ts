import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as library from 'nestjs-access-tokens';
import ts from 'typescript';

const readme = readFileSync('README.md', 'utf8');
const guides = readFileSync('docs/troubleshooting.md', 'utf8');

function blocks(language: string, text = readme): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code = '']) => code,
  );
}

/** Compiles each text as a module of its own that lives beside this file. */
function compile(sources: string[]): string[] {
  const { config } = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  const files = new Map(
    sources.map((source, i) => [resolve(`test/readme-block-${i + 1}.ts`), source]),
  );
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.getSourceFile = (name, version) => {
    const source = files.get(name);
    return source === undefined
      ? getSourceFile(name, version)
      : ts.createSourceFile(name, source, version);
  };
  const program = ts.createProgram(
    [...files.keys()],
    { ...options, noUnusedLocals: false, noUnusedParameters: false },
    host,
  );
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
}

describe('the README', () => {
  it('has code blocks that compile, each on its own, as have its guides', () => {
    const code = blocks('ts');
    expect(code.length).toBeGreaterThan(5);
    expect(compile([...code, ...blocks('ts', guides)])).toEqual([]);
  });

  it('has JSON blocks that parse', () => {
    for (const json of blocks('json')) expect(JSON.parse(json)).toBeDefined();
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(named).toContain('demo');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('tells about every public name', () => {
    expect(Object.keys(library).filter((name) => !readme.includes(name))).toEqual([]);
  });
});
