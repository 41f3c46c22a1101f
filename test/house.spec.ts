import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** Each room of lib, with the rooms that it may know. */
const MAY_KNOW: Readonly<Record<string, readonly string[]>> = {
  common: [],
  'authorization-server': ['common'],
  replicas: ['common'],
  observability: ['common', 'authorization-server'],
  'jwt-auth': ['common', 'authorization-server', 'replicas'],
  'user-tokens': ['common', 'authorization-server', 'replicas', 'observability'],
  'token-client': ['common', 'authorization-server', 'replicas', 'observability', 'user-tokens'],
  'user-login': [
    'common',
    'authorization-server',
    'replicas',
    'observability',
    'user-tokens',
    'token-client',
  ],
  // An entry of its own, which nobody imports.
  testing: [
    'common',
    'authorization-server',
    'replicas',
    'observability',
    'jwt-auth',
    'user-tokens',
    'token-client',
    'user-login',
  ],
};
/** What is nobody's business but that of its own room. */
const INSIDES = /^token-client\/(?:options|cache|calls|axios)\//;
/** Libraries that only some places may import: a pattern of the library, and one of those places. */
const ONLY_IN: readonly (readonly [library: RegExp, places: RegExp])[] = [
  [/^(?:axios|@nestjs\/axios)$/, /^(?:token-client|testing\/outbound)\//],
  [/^openid-client$/, /^(?:authorization-server|user-login)\//],
  [/^undici$/, /^authorization-server\/http\//],
  [/^passport-jwt$|^@nestjs\/passport$/, /^jwt-auth\/|^user-login\/login\.strategy/],
  [/^@opentelemetry\/api$/, /^observability\//],
  [/^jsonwebtoken$/, /^$/],
];
const MAX_LINES = 250;
const IMPORT = /(?:\bfrom\s|\bimport\(|^import\s)\s*'([^']+)'/gm;

interface Source {
  /** Relative to lib. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const sources: readonly Source[] = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const text = readFileSync(join('lib', path), 'utf8');
    return { path, text, imports: [...text.matchAll(IMPORT)].map(([, name = '']) => name) };
  });

function roomOf(path: string): string | undefined {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined;
}

/** Every import of one file of lib by another, as paths relative to lib. */
const arrows = sources.flatMap(({ path, imports }) =>
  imports
    .filter((name) => name.startsWith('.'))
    .map((name) => ({ from: path, to: normalize(join(dirname(path), name)) })),
);

describe('the rooms of lib', () => {
  it('are those of the table', () => {
    const rooms = new Set(sources.map(({ path }) => roomOf(path)).filter((room) => room));
    expect(rooms).toEqual(new Set(Object.keys(MAY_KNOW)));
  });

  it('know only what lies beneath them', () => {
    const offenders = arrows.filter(({ from, to }) => {
      const [room, other] = [roomOf(from), roomOf(to)];
      if (room === undefined || room === other) return false;
      return other === undefined || !MAY_KNOW[room]?.includes(other);
    });
    expect(offenders).toEqual([]);
    expect(arrows.length).toBeGreaterThan(1_000);
  });

  it('do not reach into the insides of others', () => {
    const offenders = arrows.filter(
      ({ from, to }) => roomOf(from) === 'user-login' && INSIDES.test(to),
    );
    expect(offenders).toEqual([]);
  });

  it('import each library where it belongs', () => {
    const offenders = sources.flatMap(({ path, imports }) =>
      ONLY_IN.filter(
        ([library, places]) => imports.some((name) => library.test(name)) && !places.test(path),
      ).map(([library]) => `${path}: ${library}`),
    );
    expect(offenders).toEqual([]);
  });

  it('leave token-client no more than a quarter', () => {
    const lines = (list: readonly Source[]) =>
      list.reduce((sum, { text }) => sum + text.split('\n').length, 0);
    const own = lines(sources.filter(({ path }) => roomOf(path) === 'token-client'));
    expect(own / lines(sources)).toBeLessThanOrEqual(0.25);
  });

  it('have no folder with a single file', () => {
    const counts = new Map<string, number>();
    for (const { path } of sources) {
      counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
    }
    expect([...counts].filter(([, count]) => count === 1)).toEqual([]);
  });

  it(`have no file over ${MAX_LINES} lines`, () => {
    const long = sources.filter(({ text }) => text.split('\n').length - 1 > MAX_LINES);
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});
