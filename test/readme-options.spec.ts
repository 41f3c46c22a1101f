import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { moduleChecks } from '../lib/jwt-auth/options/resolve-options.js';
import { CLIENT_OPTIONS, MODULE_OPTIONS } from '../lib/token-client/options/resolve-options.js';
import { anchors, deadLinks, links, namesInTables, page, pages } from './support/pages.js';

const sources = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(join('lib', path), 'utf8') }));

/** The members of the interfaces of options that the files with these names declare. */
function declaredIn(...files: string[]): string[] {
  const declared = sources
    .filter(({ path }) => files.some((file) => path.endsWith(`/${file}`)))
    .flatMap(({ path, text }) => [...ts.createSourceFile(path, text, 99).statements])
    .filter((node) => ts.isInterfaceDeclaration(node))
    .filter(({ name }) => /(Options|Rules|Route)$/.test(name.text))
    .flatMap(({ members }) => members.map(({ name }) => name))
    .flatMap((name) => (name && ts.isIdentifier(name) ? [name.text] : []));
  expect(declared.length).toBeGreaterThan(0);
  return [...new Set(declared)];
}

/** What the first tables of a page of options have: those behind them are about one option each. */
function optionsOn(path: string): string[] {
  const [text = ''] = page(path).split('\n## Inside');
  return namesInTables(text);
}

describe('the tables of options', () => {
  it('have all of JwtAuthModule, and no others', () => {
    expect(optionsOn('docs/jwt-auth-options.md').toSorted()).toEqual(
      Object.keys(moduleChecks(false)).toSorted(),
    );
  });

  it('have all of TokenClientModule, and no others', () => {
    const ofAxios = ['timeout', 'headers'];
    expect(optionsOn('docs/token-client-options.md').toSorted()).toEqual(
      [...new Set([...CLIENT_OPTIONS, ...MODULE_OPTIONS, ...ofAxios])].toSorted(),
    );
  });

  it('have all of UserLoginModule, and no others', () => {
    expect(optionsOn('docs/user-login-options.md').toSorted()).toEqual(
      declaredIn('user-login.options.ts').toSorted(),
    );
  });

  it.each([
    [
      'docs/jwt-auth-options.md',
      [
        'jwt-auth.options.ts',
        'token-rules.options.ts',
        'issuer.options.ts',
        'reach.options.ts',
        'backchannel-route.ts',
      ],
    ],
    [
      'docs/token-client-options.md',
      [
        'token-client.options.ts',
        'token-request.options.ts',
        'token-exchange.options.ts',
        'backchannel.options.ts',
        'backchannel-route.ts',
        'dpop.options.ts',
        'call-token.ts',
      ],
    ],
  ])('of %s have whatever the types have', (path, files) => {
    const named = namesInTables(page(path));
    expect(declaredIn(...files).filter((name) => !named.includes(name))).toEqual([]);
  });
});

describe('the pages of docs', () => {
  it('have an anchor for each code of an error', () => {
    const codes = sources.flatMap(({ text }) =>
      [...text.matchAll(/readonly code = '(\w+)'/g)].map(([, code = '']) => code),
    );
    const has = anchors(page('docs/errors.md'));
    expect(codes.length).toBeGreaterThan(25);
    expect(codes.filter((code) => !has.has(code))).toEqual([]);
  });

  it('are named at the end of the message of each error that is no answer to a request', () => {
    const declared = sources.flatMap(({ path, text }) => {
      const classes = text.matchAll(/ extends (\w+) \{[^}]*?readonly code = '(\w+)'/g);
      return [...classes].map(([, base, code = '']) => ({ path, text, base, code }));
    });
    // Their messages are what is answered, and the log lines about them end with the page.
    const answers = new Set(['LoginError', 'RequestRefusedError']);
    const others = declared.filter(
      ({ path, base = '' }) => !answers.has(base) && !path.startsWith('testing/'),
    );
    expect(others.length).toBeGreaterThan(18);
    const without = others.filter(({ text, code }) => !text.includes(`see('errors', '${code}')`));
    expect(without.map(({ code }) => code)).toEqual([]);
  });

  it('have each heading that a message ends with', () => {
    const named = sources.flatMap(({ text }) =>
      [...text.matchAll(/\bsee\('([\w-]+)', '([\w-]+)'\)/g)].map(([, name = '', heading = '']) => ({
        name,
        heading,
      })),
    );
    expect(named.length).toBeGreaterThan(8);
    const missing = named.filter(
      ({ name, heading }) => !anchors(page(`docs/${name}.md`)).has(heading),
    );
    expect(missing).toEqual([]);
  });

  it.each(['invalid_request', 'invalid_configuration', 'token_request_failed', 'Bearer Bearer'])(
    'tell of more than 401 where people look first: %s',
    (words) => {
      expect(page('docs/troubleshooting.md')).toContain(words);
    },
  );

  it('have each code of the log', () => {
    const codes = sources.flatMap(({ text }) =>
      [...text.matchAll(/['`]([a-z]+(?:_[a-z]+)+): /g)].map(([, code = '']) => code),
    );
    const text = page('docs/log-codes.md');
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
  });

  it.each(['401 Unauthorized', 'JWKS', 'Keycloak realm', 'token caching', 'mocking'])(
    'have a heading or a table with the words that people search for: %s',
    (words) => {
      const texts = [...pages].filter(([path]) => path.startsWith('docs/')).map(([, text]) => text);
      const prominent = texts.join('\n').match(/^[#|].*$/gm) ?? [];
      expect(prominent.join('\n').toLowerCase()).toContain(words.toLowerCase());
    },
  );

  it('can all be reached from the first one', () => {
    const linked = new Set(links(page('docs/index.md')).map((link) => `docs/${link}`));
    const others = [...pages.keys()].filter((path) => /^docs\/(?!index)/.test(path));
    expect(others.filter((path) => !linked.has(path))).toEqual([]);
  });
});

describe('links', () => {
  const others = ['SECURITY.md', 'CONTRIBUTING.md', 'sample/README.md'];
  const texts = [...pages, ...others.map((path) => [path, readFileSync(path, 'utf8')] as const)];

  it.each(texts)('of %s lead somewhere', (path, text) => {
    expect(deadLinks(path, text)).toEqual([]);
  });

  it('are looked at', () => {
    const text = '[a](no.md) [b](protect.md#no) [c](protect.md)';
    expect(deadLinks('docs/x.md', text)).toEqual(['no.md', 'protect.md#no']);
  });
});
