import { readFileSync } from 'node:fs';
import { compileFunction } from 'node:vm';
import type { Type } from '@nestjs/common';
import ts from 'typescript';

/** What a code block of the documentation exports that connects to Redis. */
export interface ReadmeRedis {
  readonly REDIS: symbol;
  readonly RedisModule: Type;
}

/** The packages for which the documentation has a block, for `describe.each`. */
export const README_CLIENTS = ['ioredis', 'redis'] as const;

/** The block itself, as a CommonJS application has it. Its module connects to `REDIS_URL`. */
export function readmeRedis(name: (typeof README_CLIENTS)[number]): ReadmeRedis {
  const blocks = ['docs/replicas.md', 'docs/redis.md']
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n')
    .matchAll(/^```ts\n(.*?)^```/gms);
  const code = [...blocks]
    .map(([, block = '']) => block)
    .find((block) => block.includes('class RedisModule') && block.includes(`from '${name}'`));
  if (!code) throw new Error(`The documentation has no RedisModule for ${name}`);
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2023,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  });
  const exports = {};
  // The globals of a test are not those of the process.
  const globals = { require, exports, process, Reflect };
  compileFunction(outputText, Object.keys(globals))(...Object.values(globals));
  return exports as ReadmeRedis;
}
