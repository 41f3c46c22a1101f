import { readFileSync } from 'node:fs';
import { ConfigurationError } from 'nestjs-access-tokens';
import { resolveOptions } from '../lib/jwt-auth/config/resolve-options.js';
import { CLIENT_OPTIONS, MODULE_OPTIONS } from '../lib/token-client/config/resolve-options.js';

const readme = readFileSync('README.md', 'utf8');
const guide = readFileSync('docs/troubleshooting.md', 'utf8');

/** The names in the first column of the tables that a section has. */
function optionsIn(section: string): string[] {
  const [, text = ''] = readme.split(`\n### ${section}\n`);
  const [own = ''] = text.split(/\n##/);
  const cells = [...own.matchAll(/^\| (.*?) +\|/gm)].map(([, cell = '']) => cell);
  return [
    ...new Set(cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, n = '']) => n))),
  ];
}

/** The module names all of its options where it is given one that it does not have. */
function optionsOfJwtAuth(): string[] {
  try {
    const options: object = { noSuchOption: true };
    resolveOptions(options);
    return [];
  } catch (error) {
    const faults = (error as ConfigurationError).faults.join('\n');
    return /There are: (.*)\./.exec(faults)?.[1]?.split(', ') ?? [];
  }
}

describe('the tables of options in the README', () => {
  it('have all of JwtAuthModule, and no others', () => {
    expect(optionsIn('Options of JwtAuthModule').toSorted()).toEqual(optionsOfJwtAuth().toSorted());
  });

  it('have all of TokenClientModule, and no others', () => {
    const ofAxios = ['timeout', 'headers'];
    expect(optionsIn('Options of TokenClientModule').toSorted()).toEqual(
      [...new Set([...CLIENT_OPTIONS, ...MODULE_OPTIONS, ...ofAxios])].toSorted(),
    );
  });
});

describe('the guide "Why 401?"', () => {
  it('leads to sections that it has', () => {
    const headings = new Set(
      [...guide.matchAll(/^## (.*)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      ),
    );
    const links = [...guide.matchAll(/\]\(#([\w-]+)\)/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((link) => !headings.has(link))).toEqual([]);
  });
});
