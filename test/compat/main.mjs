// Installs the built package beside Nest 11, as its users do, and runs an application with every kind of handler there.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';

const root = new URL('../..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'nest-11-'));
const run = (command, ...args) => {
  const began = performance.now();
  const output = execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  console.log(`${command} ${args[0]}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return output.toString();
};

try {
  const packed = run('npm', 'pack', root, '--ignore-scripts', '--silent').trim();
  const dependencies = {
    '@nestjs/axios': '^4.0.0',
    '@nestjs/common': '^11.1.4',
    '@nestjs/core': '^11.1.4',
    '@nestjs/graphql': '^13.0.0',
    '@nestjs/mercurius': '^13.0.0',
    '@nestjs/microservices': '^11.1.4',
    '@nestjs/passport': '^11.0.0',
    '@nestjs/platform-fastify': '^11.1.4',
    '@nestjs/platform-ws': '^11.1.4',
    '@nestjs/websockets': '^11.1.4',
    axios: '^1.7.0',
    graphql: '^16.0.0',
    mercurius: '^16.0.0',
    'nestjs-access-tokens': `file:${packed}`,
    passport: '^0.7.0',
    'reflect-metadata': '^0.2.0',
    rxjs: '^7.8.0',
    ws: '^8.0.0',
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  run(
    'npm',
    'install',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  );
  const source = readFileSync(new URL('application.ts', import.meta.url), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2023,
      esModuleInterop: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  });
  writeFileSync(join(folder, 'application.cjs'), outputText);
  const { version } = JSON.parse(
    readFileSync(join(folder, 'node_modules/@nestjs/core/package.json'), 'utf8'),
  );
  console.log(`Nest ${version}: ${run('node', 'application.cjs').trim()}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
