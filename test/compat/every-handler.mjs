import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { INSTALL, run } from './run.mjs';

const dependencies = {
  '@nestjs/axios': '^4.0.0',
  '@nestjs/common': '^11.1.4',
  '@nestjs/core': '^11.1.4',
  '@nestjs/graphql': '^13.0.0',
  '@nestjs/mercurius': '^13.0.0',
  '@nestjs/microservices': '^11.1.4',
  '@nestjs/passport': '^11.0.2',
  '@nestjs/platform-fastify': '^11.1.4',
  '@nestjs/platform-ws': '^11.1.4',
  '@nestjs/websockets': '^11.1.4',
  axios: '^1.16.1',
  graphql: '^16.0.0',
  mercurius: '^16.0.0',
  passport: '^0.7.0',
  'reflect-metadata': '^0.2.0',
  rxjs: '^7.8.0',
  ws: '^8.0.0',
};

/** Runs an application with every kind of handler on the newest Nest 11. */
export async function everyHandler(parent, tarball) {
  const folder = join(parent, 'every-handler');
  mkdirSync(folder);
  const all = { ...dependencies, 'nestjs-access-tokens': `file:${tarball}` };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: all }));
  await run(folder, 'npm', ...INSTALL, '--ignore-scripts');
  const source = readFileSync(new URL('every-handler.ts', import.meta.url), 'utf8');
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
  const core = readFileSync(join(folder, 'node_modules/@nestjs/core/package.json'), 'utf8');
  console.log(`Nest ${JSON.parse(core).version}: ${await run(folder, 'node', 'application.cjs')}`);
}
