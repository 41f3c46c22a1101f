import { Test } from '@nestjs/testing';
import {
  InvalidTokenError,
  type IssuerOptions,
  JwtAuthModule,
  KeysUnavailableError,
  TokenVerifier,
} from 'nestjs-access-tokens';
import type { RunningApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { forge, goodClaims } from '../../support/forge.js';
import { answering, hurryTimers, status } from '../../support/hostile-answers.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { audience, expectRefused, startProtectedApi } from '../../support/protected-api.js';

/** More than all of them together would need at any moment. */
const FEW = 120;

describe('tokens that nobody has verified, where resolveIssuer is asked', () => {
  let server: AuthorizationServer;
  let clock: TestClock;
  let logger: MemoryLogger;
  let verifier: TokenVerifier;
  let close: () => Promise<void>;
  let asked: string[];
  let [running, most] = [0, 0];

  type Answer = IssuerOptions | undefined;

  /** The issuer of a tenant. */
  const tenant = (name: string | number): string => `${server.issuer}/t/${name}`;

  /** A resolver that knows all tenants. */
  const everyTenant = (issuer: string): Answer =>
    issuer.startsWith(tenant('')) ? { issuer, jwksUri: `${server.issuer}/jwks` } : undefined;

  const start = async (resolve: (issuer: string) => Answer | Promise<Answer>): Promise<void> => {
    const resolveIssuer = async (issuer: string): Promise<Answer> => {
      asked.push(issuer);
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      try {
        return await resolve(issuer);
      } finally {
        running -= 1;
      }
    };
    const module = await Test.createTestingModule({
      imports: [JwtAuthModule.forRoot({ audience, resolveIssuer, clock })],
    }).compile();
    const app = module.createNestApplication();
    app.useLogger(logger);
    await app.init();
    verifier = app.get(TokenVerifier);
    close = () => app.close();
  };

  const exp = (): number => Math.floor(clock.now() / 1000) + 3600;
  const forged = (iss: string, kid = 'x'): string =>
    forge({ alg: 'RS256', kid }, { ...goodClaims(iss), exp: exp() });
  const genuine = (iss: string): Promise<string> => server.sign({ iss, exp: exp() });

  /** The reason or the code of the refusal; `good` where there is none. */
  const outcome = (token: string): Promise<string> =>
    verifier.verify(token).then(
      () => 'good',
      (error: unknown) => {
        if (error instanceof InvalidTokenError) return error.reason;
        if (error instanceof KeysUnavailableError) return error.code;
        throw error;
      },
    );

  const count = (outcomes: readonly string[], what: string): number =>
    outcomes.filter((each) => each === what).length;

  beforeEach(async () => {
    [asked, running, most] = [[], 0, 0];
    clock = new TestClock();
    logger = new MemoryLogger();
    server = await AuthorizationServer.start();
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await close();
    await server.stop();
  });

  it('cause few look-ups, and fewer at the same time, with 5,000 made-up names at once', async () => {
    await start(everyTenant);
    const names = Array.from({ length: 5_000 }, (_, i) => `https://made-up.example.com/${i}`);
    const outcomes = await Promise.all(names.map((name) => outcome(forged(name))));
    expect(asked.length).toBeLessThanOrEqual(50);
    expect(most).toBeLessThanOrEqual(10);
    expect(count(outcomes, 'issuer')).toBe(asked.length);
    expect(count(outcomes, 'keys_unavailable')).toBe(5_000 - asked.length);
    const lines = logger.lines.filter((line) => /^(warn|error)/.test(line));
    expect(lines).toEqual([expect.stringContaining('Tokens name more unknown issuers than')]);
  });

  it('leave tenants that are known alone, at once', async () => {
    await start(everyTenant);
    const known = await genuine(tenant('acme'));
    expect(await outcome(known)).toBe('good');
    for (let i = 0; i < 2_000; i += 1) {
      await outcome(forged(`https://made-up.example.com/${i}`));
      if (i % 20 === 0) expect(await outcome(await genuine(tenant('acme')))).toBe('good');
    }
    clock.advance({ minutes: 11 });
    await Promise.all(
      Array.from({ length: 500 }, (_, i) => outcome(forged(`https://made-up.example.com/b${i}`))),
    );
    expect(await outcome(await genuine(tenant('acme')))).toBe('good');
  });

  it('let a new tenant in within seconds, though 400 made-up names a second come first', async () => {
    await start(everyTenant);
    const fresh = await genuine(tenant('new'));
    let [waitedMs, last] = [0, ''];
    let i = 0;
    const flood = async (): Promise<void> => {
      for (let n = 0; n < 8; n += 1) await outcome(forged(`https://made-up.example.com/${i++}`));
    };
    for (let n = 0; n < 30; n += 1) await flood();
    do {
      clock.advance({ ms: 20 });
      waitedMs += 20;
      await flood();
      // As a client does that heeds Retry-After: 1.
      if (waitedMs % 1_000 === 0) last = await outcome(fresh);
    } while (last !== 'good' && waitedMs < 10_000);
    expect(waitedMs).toBeLessThanOrEqual(3_000);
  });

  it('let many new tenants in together: a good token gives back what its issuer took', async () => {
    await start(everyTenant);
    const tokens = await Promise.all(Array.from({ length: 200 }, (_, i) => genuine(tenant(i))));
    for (const token of tokens) expect(await outcome(token)).toBe('good');
    expect(asked).toHaveLength(200);
  });

  it('cannot take the place of known tenants, nor their keys, with the names of 1,500 others', async () => {
    await start(everyTenant);
    expect(await outcome(await genuine(tenant('victim')))).toBe('good');
    const before = server.requests.jwks;
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 1_500; i += 1) await outcome(forged(tenant(i)));
      expect(await outcome(await genuine(tenant('victim')))).toBe('good');
    }
    expect(asked.filter((name) => name === tenant('victim'))).toHaveLength(1);
    expect(asked.length).toBeLessThanOrEqual(FEW);
    expect(server.requests.jwks - before).toBeLessThanOrEqual(FEW + 40);
  });

  it('cause few fetches with unknown key ids, were there 300 known tenants', async () => {
    await start(everyTenant);
    for (let i = 0; i < 300; i += 1) expect(await outcome(await genuine(tenant(i)))).toBe('good');
    const before = server.requests.jwks;
    const outcomes: string[] = [];
    for (let round = 0; round < 5; round += 1)
      for (let i = 0; i < 300; i += 1)
        outcomes.push(await outcome(forged(tenant(i), `made-up-${round}-${i}`)));
    expect(server.requests.jwks - before).toBeLessThanOrEqual(40);
    expect(new Set(outcomes)).toEqual(new Set(['key', 'keys_unavailable']));
    expect(logger.lines.filter((line) => /^(warn|error)/.test(line))).toEqual([]);
    // A new key of one of them is found in spite of it, by a client that tries again.
    await server.rotateKey();
    const fresh = await genuine(tenant(7));
    let waited = 0;
    while ((await outcome(fresh)) !== 'good' && waited < 10) {
      clock.advance({ seconds: 1 });
      waited += 1;
      for (let i = 0; i < 300; i += 1) await outcome(forged(tenant(i), `after-${waited}-${i}`));
    }
    expect(waited).toBeLessThanOrEqual(3);
  });

  it('let a new key of all tenants through at once, as it is no flood', async () => {
    await start(everyTenant);
    for (let i = 0; i < 100; i += 1) expect(await outcome(await genuine(tenant(i)))).toBe('good');
    await server.rotateKey();
    for (let i = 0; i < 100; i += 1) expect(await outcome(await genuine(tenant(i)))).toBe('good');
  });

  it('do not ask again for some seconds for an issuer whose look-up failed, and write one line', async () => {
    await start(() => {
      throw new Error('no database\r\n[Nest] 1  - LOG [Auth] \u001b[32madmin signed in\u001b[0m');
    });
    const name = 'https://made-up.example.com';
    for (let i = 0; i < 200; i += 1) expect(await outcome(forged(name))).toBe('keys_unavailable');
    expect(asked).toHaveLength(1);
    const error = await verifier.verify(forged(name)).catch((reason: unknown) => reason);
    expect((error as KeysUnavailableError).refusal.retryAfterSeconds).toBe(5);
    clock.advance({ seconds: 6 });
    expect(await outcome(forged(name))).toBe('keys_unavailable');
    expect(asked).toHaveLength(2);
    for (let i = 0; i < 40; i += 1) await outcome(forged(`${name}/${i}`));
    clock.advance({ minutes: 1 });
    await outcome(forged(name));
    const lines = logger.lines.filter((line) => line.includes('resolveIssuer failed'));
    expect(lines).toEqual([
      expect.stringContaining(
        `resolveIssuer failed for "${name}": Error: no database\\u{d}\\u{a}[Nest] 1  - LOG [Auth] \\u{1b}[32madmin`,
      ),
      expect.stringContaining('(41 more in the last 66 s)'),
    ]);
  });

  it('ask again once what failed works again', async () => {
    let isDown = true;
    await start((issuer) => {
      if (isDown) throw new Error('down');
      return everyTenant(issuer);
    });
    const token = await genuine(tenant('acme'));
    expect(await outcome(token)).toBe('keys_unavailable');
    isDown = false;
    clock.advance({ seconds: 6 });
    expect(await outcome(token)).toBe('good');
  });

  it('let new tenants in though look-ups of made-up names hang', async () => {
    await start((issuer) =>
      issuer.includes('made-up') ? new Promise<Answer>(() => undefined) : everyTenant(issuer),
    );
    const known = await genuine(tenant('known'));
    expect(await outcome(known)).toBe('good');
    hurryTimers();
    const flood = Array.from({ length: 500 }, (_, i) =>
      outcome(forged(`https://made-up.example.com/${i}`)),
    );
    expect(await outcome(await genuine(tenant('known')))).toBe('good');
    const fresh = await genuine(tenant('new'));
    expect(await outcome(fresh)).toBe('keys_unavailable');
    expect(await outcome(fresh)).toBe('good');
    expect(most).toBeLessThanOrEqual(20);
    expect(count(await Promise.all(flood), 'keys_unavailable')).toBe(500);
  });

  it('cause few lines, and few fetches, where the keys of 100 tenants cannot be had', async () => {
    await start(everyTenant);
    server.intercept = answering({ jwks: status(500) });
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 100; i += 1) await outcome(forged(tenant(i)));
      clock.advance({ ms: 1_500 });
    }
    expect(server.requests.jwks).toBeLessThanOrEqual(2 * FEW);
    const lines = logger.lines.filter((line) => line.includes('cannot be had'));
    expect(lines.length).toBeLessThanOrEqual(20);
    server.clear();
    clock.advance({ seconds: 30 });
    expect(await outcome(await genuine(tenant(1)))).toBe('good');
  });

  it.each([
    ['a name with control characters', 'https://a.example.com/\r\n'],
    ['a name that is far too long', `https://a.example.com/${'a'.repeat(3_000)}`],
    ['no name', ''],
  ])('ask for no issuer that has %s', async (_, name) => {
    await start(everyTenant);
    expect(await outcome(forged(name))).toBe('issuer');
    expect(asked).toEqual([]);
  });
});

describe('whoever guesses the names of tenants', () => {
  let server: AuthorizationServer;
  let api: RunningApp;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    const acme = `${server.issuer}/t/acme`;
    const strict = `${server.issuer}/t/strict`;
    const rules = { jwksUri: `${server.issuer}/jwks` };
    const known: Record<string, IssuerOptions> = {
      [acme]: { issuer: acme, ...rules },
      [strict]: {
        issuer: strict,
        ...rules,
        profile: 'rfc9068',
        clockToleranceSeconds: 0,
        maxTokenAgeSeconds: 10,
        algorithms: ['ES256'],
      },
    };
    api = await startProtectedApi({
      issuer: server.issuer,
      resolveIssuer: (issuer) => known[issuer],
    });
    for (const name of [server.issuer, acme])
      expect(await api.get('/', await server.sign({ iss: name }))).toMatchObject({ status: 200 });
  });

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  const now = (): number => Math.floor(Date.now() / 1000);

  it.each<[string, object, object]>([
    ['a token that is forged', {}, {}],
    ['another kid', { kid: 'x' }, {}],
    ['no kid', { kid: undefined }, {}],
    ['another algorithm', { alg: 'ES384' }, {}],
    ['an HMAC', { alg: 'HS256' }, {}],
    ['typ JWT', { typ: 'JWT' }, {}],
    ['another kind', { typ: 'id+jwt' }, {}],
    ['an end long ago', {}, { exp: 1_000 }],
    ['an end just now', {}, { exp: now() - 20 }],
    ['an end a little while ago', {}, { exp: now() - 100 }],
    ['a beginning soon', {}, { nbf: now() + 100 }],
    ['an old age', {}, { iat: now() - 3_000 }],
    ['no sub', {}, { sub: undefined }],
    ['another audience', {}, { aud: 'https://other.example.com' }],
    ['a key that it names itself', {}, { cnf: { jkt: 'a' } }],
  ])('learns nothing from %s', async (_, header, claims) => {
    const names = [
      server.issuer,
      ...['acme', 'strict', 'nobody'].map((t) => `${server.issuer}/t/${t}`),
    ];
    const answers = await Promise.all(
      names.map(async (iss) => {
        const token = forge(
          { alg: 'RS256', kid: server.signingKey.kid ?? '', typ: 'at+jwt', ...header },
          { ...goodClaims(iss), ...claims },
        );
        const { headers, ...answer } = await api.get('/', token);
        return { ...answer, headers: [...headers].filter(([name]) => name !== 'date') };
      }),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('is told what is wrong with a token that its issuer has signed', async () => {
    const acme = `${server.issuer}/t/acme`;
    const expired = await server.sign({ iss: acme, exp: now() - 100 });
    expectRefused(await api.get('/', expired), 'The access token has expired');
    const other = await server.sign({ iss: acme, aud: 'https://other.example.com' });
    expectRefused(await api.get('/', other), 'The access token is meant for another audience');
    expectRefused(await api.get('/', forge({ alg: 'RS256' }, goodClaims(acme))));
  });
});
