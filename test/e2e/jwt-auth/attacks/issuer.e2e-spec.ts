import { type JwtAuthOptions, SIGNATURE_ALGORITHMS } from 'nestjs-access-tokens';
import { discoverIssuer } from '../../../../lib/authorization-server/issuer-metadata.js';
import type { RunningApp } from '../../../support/app.js';
import { AuthorizationServer } from '../../../support/authorization-server.js';
import { TestClock } from '../../../support/clock.js';
import { forge, forgeSigned, goodClaims, publicPart } from '../../../support/forge.js';
import {
  answering,
  gzipBomb,
  hurryTimeouts,
  json,
  neverEnding,
  redirectTo,
  type Reply,
  silence,
  status,
  text,
} from '../../../support/hostile-answers.js';
import {
  expectRefused,
  expectUnavailable,
  startProtectedApi,
} from '../../../support/protected-api.js';
import { RecordingServer } from '../../../support/recording-server.js';

const FOREIGN_ISSUER = 'The access token comes from an issuer that is not trusted here';

describe('whoever sends tokens', () => {
  let server: AuthorizationServer;
  let clock: TestClock;
  let api: RunningApp;

  const claims = (): Record<string, unknown> => ({
    ...goodClaims(server.issuer),
    exp: Math.floor(Date.now() / 1000) + 86_400,
  });

  const withKid = (kid: string, alg = 'RS256'): string => forge({ alg, kid }, claims());

  const good = (): string =>
    forgeSigned({ alg: 'RS256', kid: server.signingKey.kid }, claims(), server.signingKey);

  const start = (more: Partial<Omit<JwtAuthOptions, 'issuer'>> = {}): Promise<RunningApp> =>
    startProtectedApi({ issuer: server.issuer, clock, ...more });

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });

  beforeEach(async () => {
    clock = new TestClock();
    api = await start();
    expect(await api.get('/', good())).toMatchObject({ status: 200 });
    server.clear();
  });

  afterEach(() => api.close());
  afterAll(() => server.stop());

  it('cannot cause more than a few fetches of keys with names of his own making', async () => {
    const flood = Array.from({ length: 300 }, () => withKid(crypto.randomUUID()));
    const answers = await Promise.all(flood.map((token) => api.get('/', token)));
    answers.forEach((answer) => expectRefused(answer));
    for (const token of flood.slice(0, 20)) expectRefused(await api.get('/', token));
    expect(server.requests.jwks).toBeLessThanOrEqual(3);
    expect(server.requests.discovery).toBe(0);
  });

  it('cannot lock good tokens out that way, nor a new key for longer than 3 seconds', async () => {
    for (let i = 0; i < 50; i++) {
      expectRefused(await api.get('/', withKid(`made-up-${i}`)));
      expect(await api.get('/', good())).toMatchObject({ status: 200 });
    }
    await server.rotateKey();
    clock.advance({ seconds: 3 });
    expect(await api.get('/', good())).toMatchObject({ status: 200 });
  });

  it('causes one fetch every few seconds at most, however long he goes on', async () => {
    for (let second = 0; second < 60; second++) {
      for (let i = 0; i < 5; i++) await api.get('/', withKid(`${second}-${i}`));
      clock.advance({ seconds: 1 });
    }
    expect(server.requests.jwks).toBeLessThanOrEqual(3 + 60 / 2.8);
  });

  it('causes none with ever new issuers or algorithms', async () => {
    for (let i = 0; i < 50; i++) {
      const token = forge(
        { alg: 'RS256', kid: `${i}` },
        { ...claims(), iss: `https://${i}.example` },
      );
      expectRefused(await api.get('/', token), FOREIGN_ISSUER);
      expectRefused(await api.get('/', withKid(`${i}`, `XS${i}`)));
    }
    expect(server.requests).toEqual({ discovery: 0, jwks: 0, token: 0, other: 0 });
  });

  it('causes none with the name of a known key and all the algorithms there are', async () => {
    for (const alg of SIGNATURE_ALGORITHMS)
      expectRefused(await api.get('/', withKid(server.signingKey.kid, alg)));
    expect(server.requests.jwks).toBe(0);
  });

  it('cannot pass the token of another issuer off, were its key of the same name', async () => {
    const other = await AuthorizationServer.start();
    const header = { alg: 'RS256', kid: server.signingKey.kid };
    expectRefused(await api.get('/', forgeSigned(header, claims(), other.signingKey)));
    const theirs = { ...claims(), iss: other.issuer };
    const token = forgeSigned(header, theirs, other.signingKey);
    expectRefused(await api.get('/', token), FOREIGN_ISSUER);
    expect(other.requests).toEqual({ discovery: 0, jwks: 0, token: 0, other: 0 });
    await other.stop();
  });

  it('cannot tell from the answer whether there is a key of that name', async () => {
    const [known, unknown] = await Promise.all([
      api.get('/', withKid(server.signingKey.kid)),
      api.get('/', withKid('made-up')),
    ]);
    const { headers: _, ...answer } = known;
    expect(unknown).toMatchObject(answer);
    expectRefused(known);
  });
});

describe('the metadata of an issuer', () => {
  let server: AuthorizationServer;
  let elsewhere: RecordingServer;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    elsewhere = await RecordingServer.start(() => ({
      body: { issuer: server.issuer, keys: [publicPart(server.signingKey)] },
    }));
  });

  afterEach(() => jest.restoreAllMocks());

  afterAll(async () => {
    await Promise.all([server.stop(), elsewhere.stop()]);
  });

  const keysAt = (jwksUri: unknown) => (): Reply =>
    json({ issuer: server.issuer, jwks_uri: jwksUri });

  const documents: [string, () => Reply][] = [
    ['a file for the keys', keysAt('file:///etc/passwd')],
    ['keys inside the address', keysAt('data:application/json,{"keys":[]}')],
    ['a script for the keys', keysAt('javascript:alert(1)')],
    ['FTP for the keys', keysAt('ftp://127.0.0.1/keys')],
    ['the secrets of the cloud', keysAt('http://169.254.169.254/latest/meta-data')],
    ['a host of the inner network over plain http', keysAt('http://10.0.0.1/jwks')],
    ['any host over plain http', keysAt('http://keys.example.com/jwks')],
    ['all addresses of this machine', keysAt('http://0.0.0.0/jwks')],
    ['a host that only begins like loopback', keysAt('http://127.0.0.1.nip.io/jwks')],
    ['a user name in the address', keysAt('http://127.0.0.1@evil.example.com/jwks')],
    ['half an address for the keys', keysAt('/jwks')],
    ['a list of addresses', keysAt(['http://127.0.0.1/jwks'])],
    ['no address for the keys', keysAt(undefined)],
    ['an empty address', keysAt('')],
    ['another issuer', () => json({ issuer: elsewhere.origin, jwks_uri: elsewhere.origin })],
    [
      'our issuer with a slash',
      () => json({ issuer: `${server.issuer}/`, jwks_uri: elsewhere.origin }),
    ],
    ['no issuer', () => json({ jwks_uri: elsewhere.origin })],
    ['a list of issuers', () => json({ issuer: [server.issuer], jwks_uri: elsewhere.origin })],
    [
      'an inherited issuer',
      () => text(`{"__proto__":{"issuer":"${server.issuer}"},"jwks_uri":"${elsewhere.origin}"}`),
    ],
    ['a redirect', () => redirectTo(elsewhere.origin)],
    ['a permanent redirect', () => redirectTo(elsewhere.origin, 301)],
    ['HTML', () => text('<html>', 'text/html')],
    ['a list', () => json([{ issuer: server.issuer, jwks_uri: elsewhere.origin }])],
    ['too many bytes', () => text(' '.repeat(600_000))],
    ['a bomb', () => gzipBomb(Buffer.alloc(8 * 1024 * 1024, ' '))],
    ['no end', () => neverEnding],
    ['silence', () => silence],
    ['an error', () => status(503)],
    ['no such place', () => status(404)],
  ];

  it.each(documents)('leads nowhere when it is, or names, %s', async (_, reply) => {
    server.intercept = answering({ discovery: reply() });
    hurryTimeouts();
    const fetched = jest.spyOn(globalThis, 'fetch');
    const api = await startProtectedApi({ issuer: server.issuer });
    expectUnavailable(await api.get('/', await server.sign()));
    await api.close();
    const places = fetched.mock.calls.map(([url]) => new URL(url as string).origin);
    expect(new Set(places)).toEqual(new Set([server.issuer, api.url]));
    expect(elsewhere.requests).toEqual([]);
  });

  it('never leads from https down to plain http, not even on this machine', async () => {
    const issuer = 'https://id.example.com';
    const found = await discoverIssuer(issuer, () =>
      Promise.resolve(
        Response.json({
          issuer,
          jwks_uri: 'http://127.0.0.1/jwks',
          token_endpoint: 'http://id.example.com/token',
          revocation_endpoint: 'https://id.example.com/revoke',
        }),
      ),
    );
    expect(found).toEqual({ issuer, revocation_endpoint: 'https://id.example.com/revoke' });
  });
});
