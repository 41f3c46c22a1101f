import { resolve } from 'node:path';
import ts from 'typescript';

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
const OPTIONS = { module: esm, commonjs: commonJS };

/** Compiles texts as the files of an application of that type that lives beside the tests, and gives what is wrong. */
export function typeCheck(
  type: keyof typeof OPTIONS,
  sources: ReadonlyMap<string, string>,
): string[] {
  const folder = resolve('test/application-of-the-docs');
  const files = new Map([...sources].map(([name, code]) => [`${folder}/${name}`, code]));
  const names = [...files.keys()];
  files.set(`${folder}/package.json`, JSON.stringify({ type }));
  const options = { ...OPTIONS[type], noUnusedLocals: false, noUnusedParameters: false };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile, directoryExists } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.directoryExists = (name) => name.startsWith(folder) || directoryExists?.(name) === true;
  host.getSourceFile = (name, version, ...rest) => {
    const source = files.get(name);
    return source === undefined
      ? getSourceFile(name, version, ...rest)
      : ts.createSourceFile(name, source, version);
  };
  const program = ts.createProgram(names, options, host);
  // What the files import has a check of its own.
  return [
    ...program.getGlobalDiagnostics(),
    ...names.flatMap((name) => ts.getPreEmitDiagnostics(program, program.getSourceFile(name))),
  ].map(
    ({ file, messageText }) =>
      `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
  );
}
