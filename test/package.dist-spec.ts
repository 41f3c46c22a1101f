import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packagesLoadedBy } from './support/loaded-modules.js';

interface Manifest {
  exports: Record<string, string | Record<string, string>>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

/** The names a program gets from the package, as JSON. */
function namesFrom(type: 'module' | 'commonjs', expression: string): string[] {
  const program = `console.log(JSON.stringify(Object.keys(${expression}).sort()))`;
  const output = execFileSync(process.execPath, [`--input-type=${type}`, '--eval', program], {
    encoding: 'utf8',
  });
  return JSON.parse(output) as string[];
}

function filesOf(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file));
}

/** The files of the package that one of them imports, now or later. */
function filesLoadedBy(entry: string): string[] {
  const files = new Set([entry]);
  for (const file of files) {
    const imports = readFileSync(file, 'utf8').matchAll(/(?:from |import[ (])"(\.{1,2}\/[^"]+)"/g);
    for (const [, target = ''] of imports) files.add(join(dirname(file), target));
  }
  return [...files];
}

describe('the built package', () => {
  const imported = namesFrom('module', "await import('nestjs-access-tokens')");

  it('is imported by an ES module, with every public name', () => {
    expect(imported).toEqual(
      expect.arrayContaining([
        'AccessToken',
        'JwtAuthModule',
        'RequireScope',
        'TokenClientModule',
        'TokenVerifier',
      ]),
    );
  });

  it('is required by a CommonJS module, with the same names', () => {
    expect(
      namesFrom('commonjs', "require('nestjs-access-tokens')").filter(
        (name) => name !== '__esModule',
      ),
    ).toEqual(imported.filter((name) => name !== '__esModule'));
  });

  it.each([
    ['nestjs-access-tokens/jwt-auth', ['axios', '@nestjs/axios', 'undici', 'openid-client']],
    ['nestjs-access-tokens/token-client', ['@nestjs/passport', 'passport-jwt', 'jwks-rsa']],
  ])('has an entry %s with the same names, which does not load %j', (entry, others) => {
    const names = namesFrom('module', `await import('${entry}')`);
    expect(imported).toEqual(expect.arrayContaining(names));
    const loaded = packagesLoadedBy(entry);
    expect(loaded).toContain('@nestjs/core');
    expect(others.filter((name) => loaded.has(name))).toEqual([]);
  });

  it('has an entry for tests, whose names nothing else has', () => {
    const names = namesFrom('module', "await import('nestjs-access-tokens/testing')");
    expect(names).toContain('testTokens');
    expect(names.filter((name) => imported.includes(name))).toEqual([]);
    const loaded = packagesLoadedBy('nestjs-access-tokens/testing');
    expect(
      ['@nestjs/testing', 'jest', 'vitest', 'axios', 'undici'].filter((name) => loaded.has(name)),
    ).toEqual([]);
  });

  it('has the entry for tests for CommonJS too, with classes that all entries share', () => {
    const program = `
      const { AccessTokenError } = require('nestjs-access-tokens');
      const { TestKitError, testTokens } = require('nestjs-access-tokens/testing');
      const token = testTokens().accessToken({ subject: 'alice' });
      const isError = new TestKitError('no') instanceof AccessTokenError;
      import('nestjs-access-tokens/testing').then((imported) =>
        console.log(token.subject, isError, imported.testTokens === testTokens),
      );`;
    const output = execFileSync(process.execPath, ['--input-type=commonjs', '--eval', program], {
      encoding: 'utf8',
    });
    expect(output.trim()).toBe('alice true true');
  });

  it('loads what is for tests from nowhere else', () => {
    const withKit = (entry: string) =>
      filesLoadedBy(`dist/${entry}.js`).filter((file) =>
        readFileSync(file, 'utf8').includes('TestKitError = class'),
      );
    expect(withKit('testing')).toHaveLength(1);
    expect(['index', 'jwt-auth', 'token-client'].flatMap(withKit)).toEqual([]);
  });

  it('has all names of its entries', () => {
    const entries = ['jwt-auth', 'token-client'].flatMap((entry) =>
      namesFrom('module', `await import('nestjs-access-tokens/${entry}')`),
    );
    expect([...new Set(entries)].toSorted()).toEqual(
      imported.filter((name) => name !== 'module.exports'),
    );
  });

  it('has every file that its exports name', () => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    expect(targets.filter((target) => !existsSync(target))).toEqual([]);
  });

  it('imports nothing that it does not declare, and nothing deep inside of Nest', () => {
    const declared = new Set([
      // An entry point of its own.
      'openid-client/passport',
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.peerDependencies),
    ]);
    const foreign = filesOf('dist', '.js')
      .flatMap((file) => [
        ...readFileSync(file, 'utf8').matchAll(
          /^(?:import|export) (?:[^;'"()]*from )?['"]([^'"]+)['"]/gm,
        ),
      ])
      .map(([, specifier = '']) => specifier)
      .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'));
    expect(foreign.filter((specifier) => !declared.has(specifier))).toEqual([]);
  });

  it('keeps its doc comments in the types, and no types of libraries that users may not have', () => {
    const types = filesOf('dist', '.d.ts').map((file) => readFileSync(file, 'utf8'));
    expect(readFileSync('dist/jwt-auth/options/jwt-auth.options.d.ts', 'utf8')).toContain(
      '@defaultValue',
    );
    const reachable = types.filter((text) =>
      /from ['"](?:passport-jwt|jwks-rsa|jsonwebtoken)['"]/.test(text),
    );
    expect(reachable.filter((text) => !text.includes('class JwtStrategy'))).toEqual([]);
  });

  it('lets a process end by itself, even while the authorization server does not answer', () => {
    const program = `
      require('reflect-metadata');
      const { Module } = require('@nestjs/common');
      const { NestFactory } = require('@nestjs/core');
      const { JwtAuthModule, TokenVerifier } = require('nestjs-access-tokens');
      const issuer = 'http://127.0.0.1:9';
      const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const token = [part({ alg: 'RS256' }), part({ iss: issuer, exp: 4e9 }), 'AA'].join('.');
      class AppModule {}
      Module({ imports: [JwtAuthModule.forRoot({ issuer, audience: 'api' })] })(AppModule);
      NestFactory.createApplicationContext(AppModule, { logger: false })
        .then((app) => app.get(TokenVerifier).verify(token))
        .catch((error) => console.log(error.code));`;
    const output = execFileSync(process.execPath, ['--input-type=commonjs', '--eval', program], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(output.trim()).toBe('keys_unavailable');
  });

  it('has types that compile where a program checks those of its libraries too', () => {
    const consumer = `import * as library from 'nestjs-access-tokens';\nexport const names = Object.keys(library);\n`;
    // Within the package, which so finds itself, and not in what is published.
    const file = 'temp/consumer.check.ts';
    const flags = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      'node',
    ];
    mkdirSync('temp', { recursive: true });
    writeFileSync(file, consumer);
    try {
      const tsc = ['node_modules/typescript/bin/tsc', '--ignoreConfig', ...flags, file];
      const { stdout } = spawnSync(process.execPath, tsc, { encoding: 'utf8' });
      expect(stdout.split('\n').filter((line) => /^(dist|temp)\//.test(line))).toEqual([]);
    } finally {
      rmSync(file);
    }
  });
});
