import { InvalidTokenError, TokenVerifier } from 'nestjs-access-tokens';
import type { RunningApp } from '../../../support/app.js';
import { AuthorizationServer } from '../../../support/authorization-server.js';
import { forgeSigned, goodClaims, type Part } from '../../../support/forge.js';
import {
  expectMalformed,
  expectRefused,
  startProtectedApi,
} from '../../../support/protected-api.js';

const NOTHING = { discovery: 0, jwks: 0, token: 0, other: 0 };

describe('the encoding of a token', () => {
  let server: AuthorizationServer;
  let api: RunningApp;
  let good: string;

  const header = (): Record<string, unknown> => ({
    typ: 'at+jwt',
    alg: 'RS256',
    kid: server.signingKey.kid,
  });

  /** Signed by the issuer, whatever it says. */
  const signed = (claims: Part, head: Part = header()): string =>
    forgeSigned(head, claims, server.signingKey);

  /** The good claims as JSON, with more text in front of the last brace. */
  const claimsWith = (more: string): string =>
    `${JSON.stringify(goodClaims(server.issuer)).slice(0, -1)},${more}}`;

  /** For tokens that cannot travel in an HTTP header. */
  const reasonOf = async (token: string): Promise<string> => {
    const error: unknown = await api.app
      .get(TokenVerifier)
      .verify(token)
      .catch((reason: unknown) => reason);
    return error instanceof InvalidTokenError ? error.reason : String(error);
  };

  const outcomeOf = async (claims: string): Promise<number> =>
    (await api.get('/', signed(claims))).status;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    api = await startProtectedApi({ issuer: server.issuer });
    // With both letters that the other base64 alphabet writes differently.
    do good = signed({ ...goodClaims(server.issuer), jti: crypto.randomUUID() });
    while (!/-.*_|_.*-/.test(good.slice(good.lastIndexOf('.'))));
    expect(await api.get('/', good)).toMatchObject({ status: 200 });
  });

  beforeEach(() => server.clear());

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  describe('in base64url', () => {
    const parts = (change: (h: string, p: string, s: string) => string) => () => {
      const [h = '', p = '', s = ''] = good.split('.');
      return change(h, p, s);
    };

    it.each([
      ['padding', parts((h, p, s) => `${h}.${p}.${s}==`)],
      ['one sign of padding', parts((h, p, s) => `${h}.${p}.${s}=`)],
      ['the other alphabet, +', () => good.replaceAll('-', '+')],
      ['the other alphabet, /', () => good.replaceAll('_', '/')],
      ['another last letter for the same bytes', () => good.slice(0, -1) + sibling(good.slice(-1))],
      ['a letter too many', () => `${good}A`],
      ['a letter too few', () => good.slice(0, -1)],
      ['a dot at the end', () => `${good}.`],
      ['a dot at the beginning', () => `.${good}`],
      ['a doubled dot', () => good.replace('.', '..')],
      ['a fourth part', () => `${good}.AAAA`],
      ['a hundred parts', () => 'A.'.repeat(100)],
      ['one part', parts((h) => h)],
      ['two parts', parts((h, p) => `${h}.${p}`)],
      ['no header', parts((_, p, s) => `.${p}.${s}`)],
      ['no payload', parts((h, _, s) => `${h}..${s}`)],
      ['no signature', parts((h, p) => `${h}.${p}.`)],
      ['dots only', () => '..'],
      ['a tilde, which HTTP allows', () => good.replace('.', '.~')],
    ])('is refused with %s', async (_, token) => {
      expectRefused(await api.get('/', token()));
      expect(server.requests).toEqual(NOTHING);
    });

    it.each([
      ['padding inside', parts((h, p, s) => `${h}=.${p}.${s}`)],
      ['a space', () => good.replace('.', '. ')],
      ['a tab', () => good.replace('.', '.\t')],
      ['a letter of Latin-1', () => good.replace('.', '.é')],
      ['a percent sign', () => good.replace('.', '%2E')],
      ['JSON instead of dots', () => JSON.stringify({ payload: good, signatures: [] })],
    ])('makes the header malformed with %s', async (_, token) => {
      expectMalformed(await api.get('/', token()));
      expect(await reasonOf(token())).toBe('malformed');
    });

    it.each([
      ['a line break inside', () => good.replace('.', '.\n')],
      ['a line break at the end', () => `${good}\n`],
      ['a space at the beginning', () => ` ${good}`],
      ['a BOM', () => `\ufeff${good}`],
      ['a zero byte', () => `${good}\u0000`],
      ['a letter of full width', () => good.replace('e', '\uff45')],
      ['a look-alike of the dot', () => good.replace('.', '\u2024')],
      ['an emoji', () => `${good}🔑`],
      ['nothing', () => ''],
    ])('is refused with %s, where it comes by another way than HTTP', async (_, token) => {
      expect(await reasonOf(token())).toBe('malformed');
    });

    it.each([undefined, null, 0, {}, [], ['a.b.c'], Symbol('a.b.c')])(
      'is refused when it is no text at all: %p',
      async (token) => {
        expect(await reasonOf(token as string)).toBe('malformed');
      },
    );
  });

  describe('in JSON', () => {
    const utf16 = (json: string): Buffer => Buffer.from(json, 'utf16le');
    const latin1 = (json: string): Buffer => Buffer.from(json, 'latin1');
    const raw = (...bytes: number[]): string => Buffer.from(bytes).toString('latin1');

    it.each([
      ['an overlong slash', () => latin1(claimsWith(`"a":"${raw(0xc0, 0xaf)}"`))],
      ['a surrogate in UTF-8', () => latin1(claimsWith(`"a":"${raw(0xed, 0xa0, 0x80)}"`))],
      ['a byte that is not UTF-8', () => latin1(claimsWith(`"a":"${raw(0xff)}"`))],
      ['a letter that is cut off', () => latin1(claimsWith(`"a":"${raw(0xe2, 0x82)}"`))],
      ['UTF-16', () => utf16(JSON.stringify(goodClaims(server.issuer)))],
      ['a BOM', () => `\ufeff${JSON.stringify(goodClaims(server.issuer))}`],
      ['a raw line break in a text', () => claimsWith('"a":"\n"')],
      ['an array', () => [goodClaims(server.issuer)]],
      ['a text', () => '"text"'],
      ['a number', () => 1],
      ['null', () => null],
      ['true', () => true],
      ['two objects', () => `${JSON.stringify(goodClaims(server.issuer))}{}`],
      ['a comma at the end', () => claimsWith('')],
      ['a comment', () => claimsWith('/* */"a":1')],
      ['NaN', () => claimsWith('"a":NaN')],
      ['single quotes', () => claimsWith("'a':1")],
      ['an end before its time', () => claimsWith('"a":1').slice(0, -1)],
      ['a hundred levels', () => claimsWith(`"a":${'['.repeat(100)}${']'.repeat(100)}`)],
      ['5,000 levels', () => claimsWith(`"a":${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`)],
      ['levels that never end', () => claimsWith(`"a":${'['.repeat(5_000)}`)],
    ])('is refused with %s, though the issuer signed it', async (_, claims) => {
      expectRefused(await api.get('/', signed(claims())));
      expect(server.requests).toEqual(NOTHING);
    });

    it.each([
      ['a BOM', (json: string) => `\ufeff${json}`],
      ['a byte that is not UTF-8', (json: string) => latin1(json.replace('{', '{"a":"\u00ff",'))],
      ['UTF-16', utf16],
      ['a list', (json: string) => `[${json}]`],
      ['two objects', (json: string) => `${json}{}`],
      ['levels that never end', (json: string) => json.replace('}', `,"a":${'['.repeat(5_000)}`)],
    ])('is refused with %s in the header', async (_, change) => {
      const head = change(JSON.stringify(header()));
      expectRefused(await api.get('/', signed(goodClaims(server.issuer), head)));
      expect(server.requests).toEqual(NOTHING);
    });

    it.each([
      ['an escaped lone surrogate', '"a":"\\ud800"'],
      ['a number larger than a double', '"a":123456789012345678901234567890'],
      ['an infinite number', '"a":1e400'],
      ['minus zero', '"a":-0'],
      ['an escaped zero byte', '"\\u0000":"\\u0000"'],
      ['an empty name', '"":1'],
      ['sixty levels', `"a":${'['.repeat(60)}${']'.repeat(60)}`],
      ['members that pose as a prototype', '"__proto__":{"scope":"read"},"constructor":{"a":1}'],
    ])('is taken with %s, which harms nobody', async (_, more) => {
      const before = Object.getOwnPropertyNames(Object.prototype);
      expect(await outcomeOf(claimsWith(more))).toBe(200);
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    });

    it('lets the last of two members of one name count, for the checks and for the handler alike', async () => {
      const twice = (member: string, value: unknown): string =>
        claimsWith(`"${member}":${JSON.stringify(value)}`);
      expect(await outcomeOf(twice('aud', 'https://other.example.com'))).toBe(401);
      expect(await outcomeOf(twice('iss', 'https://evil.example.com'))).toBe(401);
      expect(await outcomeOf(twice('exp', 1))).toBe(401);
      const { body } = await api.get('/', signed(twice('sub', 'bob')));
      expect(body).toEqual({ subject: 'bob' });
      const twoAlgorithms = `{"alg":"RS256","alg":"none","kid":"${server.signingKey.kid}"}`;
      expectRefused(await api.get('/', signed(goodClaims(server.issuer), twoAlgorithms)));
    });

    it('never lets a member __proto__ stand in for a claim that is missing', async () => {
      const { exp, ...rest } = goodClaims(server.issuer);
      const json = JSON.stringify(rest).slice(0, -1);
      expect(await outcomeOf(`${json},"__proto__":{"exp":${String(exp)}}}`)).toBe(401);
      const inherited = await api.get('/read', signed(claimsWith('"__proto__":{"scope":"read"}')));
      expect(inherited.status).toBe(403);
    });
  });
});

/** The letter whose bits that count are the same: only those that must be zero differ. */
function sibling(letter: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet.charAt(alphabet.indexOf(letter) + 1);
}
