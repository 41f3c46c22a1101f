import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { INestApplication, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import * as library from 'nestjs-access-tokens';
import request from 'supertest';
import type { App } from 'supertest/types.js';
import { AuthorizationServer } from './support/authorization-server.js';
import { noteSecrets } from './support/leak-watch.js';
import { blocks, page, pages } from './support/pages.js';
import { RecordingServer } from './support/recording-server.js';
import { typeCheck } from './support/type-check.js';

const paths = [...pages.keys()];
const code = paths.flatMap((path) => blocks('ts', path));

describe('the README and the pages of docs', () => {
  it.each(['module', 'commonjs'] as const)(
    'have code blocks that compile in an application of type %s',
    (type) => {
      expect(code.length).toBeGreaterThan(40);
      const files = code.map((block) => [`${block.project}/${block.file}`, block.code] as const);
      expect(new Set(files.map(([file]) => file)).size).toBe(files.length);
      expect(typeCheck(type, new Map(files))).toEqual([]);
    },
  );

  it('have JSON blocks that parse', () => {
    const json = paths.flatMap((path) => blocks('json', path));
    for (const block of json) expect(JSON.parse(block.code)).toBeDefined();
    expect(json.length).toBeGreaterThan(0);
  });

  it('name only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...pages.values()].flatMap((text) =>
      [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name),
    );
    expect(named).toContain('demo');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('tell about every public name', () => {
    const text = [...pages.values()].join('\n');
    expect(Object.keys(library).filter((name) => !text.includes(name))).toEqual([]);
  });

  it('can be read in five minutes, as far as the README goes', () => {
    expect(page('README.md').split(/\s+/).length).toBeLessThanOrEqual(1_300);
  });

  it('are short, each of them', () => {
    const words = paths.map((path) => [path, page(path).split(/\s+/).length] as const);
    expect(words.filter(([, count]) => count > 1_250)).toEqual([]);
  });
});

/** Writes the application that the pages build, where the transformer of jest takes it. */
function write(folder: string): string {
  const root = resolve('temp', folder);
  for (const { file, code: text } of code.filter(({ project }) => project === 'shop')) {
    mkdirSync(dirname(`${root}/${file}`), { recursive: true });
    writeFileSync(`${root}/${file}`, text);
  }
  return root;
}

describe('the application of the page Start', () => {
  const root = write('application-of-start');
  let server: AuthorizationServer;
  let billing: RecordingServer;
  let app: INestApplication<App>;

  beforeAll(async () => {
    const secret = 'the-secret-of-orders';
    server = await AuthorizationServer.start({
      apis: [
        { identifier: 'https://orders.example.com', scopes: ['orders.read', 'orders.write'] },
        { identifier: 'https://billing.example.com', scopes: ['billing.write'] },
      ],
      clients: [{ client_id: 'orders', client_secret: secret, scope: 'billing.write' }],
    });
    billing = await RecordingServer.start(() => ({ body: { number: 'INV-1' } }));
    noteSecrets([['client_secret', secret]]);
    process.env['ISSUER'] = server.issuer;
    process.env['ORDERS_SECRET'] = secret;
    process.env['BILLING_URL'] = billing.origin;
    const { AppModule } = jest.requireActual<{ AppModule: Type }>(`${root}/src/app.module.ts`);
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = await module.createNestApplication<INestApplication<App>>().init();
  });

  afterAll(async () => {
    for (const name of ['ISSUER', 'ORDERS_SECRET', 'BILLING_URL']) delete process.env[name];
    await app.close();
    await Promise.all([server.stop(), billing.stop()]);
    rmSync(root, { recursive: true });
  });

  async function ask(method: 'get' | 'post', path: string, token?: string) {
    const asked = request(app.getHttpServer())[method](path);
    if (token) asked.set('Authorization', `Bearer ${token}`);
    const { status, body } = await asked;
    return [status, body as unknown];
  }

  it('answers as the page says', async () => {
    const token = await server.sign({ scope: 'orders.read' });
    expect(await ask('get', '/orders/health')).toEqual([200, { ok: true }]);
    expect(await ask('get', '/orders')).toEqual([
      401,
      { statusCode: 401, error: 'Unauthorized', message: 'An access token is required' },
    ]);
    expect(await ask('get', '/orders', token)).toEqual([
      200,
      { caller: 'client', mayWrite: false },
    ]);
  });

  it('calls the next API with a token of its own', async () => {
    const token = await server.sign({ scope: 'orders.read orders.write' });
    expect(await ask('post', '/orders', token)).toEqual([201, { invoice: 'INV-1' }]);
    expect(server.requests.token).toBe(1);
    expect(billing.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /invoices',
    ]);
    expect(billing.authorizations).toEqual([expect.stringMatching(/^Bearer /)]);
  });
});

describe('the tests of the pages on tests', () => {
  const root = write('application-of-test');

  afterAll(() => rmSync(root, { recursive: true }));

  const specs = code.filter(({ file }) => /\.(e2e-)?spec\.ts$/.test(file));
  // They are written for an application, and pass here.
  describe.each(specs)('$file', ({ file }) => {
    jest.requireActual(`${root}/${file}`);
  });

  it('are five', () => {
    expect(specs).toHaveLength(5);
  });
});
