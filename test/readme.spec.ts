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

/** The stock options of the two kinds of applications; of Nest 11 those that bear on types. */
const { config } = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path));
const { options: esm } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
const commonJS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  esModuleInterop: true,
  isolatedModules: true,
  emitDecoratorMetadata: true,
  experimentalDecorators: true,
  skipLibCheck: true,
  strict: false,
  strictNullChecks: true,
  noEmit: true,
  types: ['node', 'jest'],
  paths: esm.paths ?? {},
};

/** Compiles each text as a module of its own that lives beside this file. */
function compile(sources: string[], extension: string, options: ts.CompilerOptions): string[] {
  const files = new Map(
    sources.map((source, i) => [resolve(`test/readme-block-${i + 1}${extension}`), source]),
  );
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.getSourceFile = (name, version, ...rest) => {
    const source = files.get(name);
    return source === undefined
      ? getSourceFile(name, version, ...rest)
      : ts.createSourceFile(name, source, version);
  };
  const program = ts.createProgram(
    [...files.keys()],
    { ...options, noUnusedLocals: false, noUnusedParameters: false },
    host,
  );
  const compiled = [...files.keys()].map((name) => program.getSourceFile(name));
  // What the blocks import has a check of its own.
  return [
    ...program.getGlobalDiagnostics(),
    ...compiled.flatMap((block) => ts.getPreEmitDiagnostics(program, block)),
  ].map(
    ({ file, messageText }) =>
      `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
  );
}

describe('the README', () => {
  it.each([
    ['an ES module', '.ts', esm],
    ['CommonJS', '.cts', commonJS],
  ])(
    'has code blocks that compile, each on its own, as %s, as have its guides',
    (_, extension, options) => {
      const code = blocks('ts');
      expect(code.length).toBeGreaterThan(5);
      expect(compile([...code, ...blocks('ts', guides)], extension, options)).toEqual([]);
    },
  );

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
