import { ConfigurationError } from 'nestjs-access-tokens';
import type { RunningApp } from '../../../support/app.js';
import { AuthorizationServer } from '../../../support/authorization-server.js';
import { forgeSigned, goodClaims } from '../../../support/forge.js';
import { audience, expectRefused, startProtectedApi } from '../../../support/protected-api.js';

const NOTHING = { discovery: 0, jwks: 0, token: 0, other: 0 };
const EXPIRED = 'The access token has expired';
const TOO_EARLY = 'The access token is not valid yet';
const FOREIGN_ISSUER = 'The access token comes from an issuer that is not trusted here';
const FOREIGN_AUDIENCE = 'The access token is meant for another audience';

/** Every token here is signed by the issuer with its own key. Only a claim is bad. */
describe('the claims of a token', () => {
  let server: AuthorizationServer;
  let api: RunningApp;

  const signed = (claims: object, head: object = {}): string =>
    forgeSigned(
      { typ: 'at+jwt', alg: 'RS256', kid: server.signingKey.kid, ...head },
      { ...goodClaims(server.issuer), ...claims },
      server.signingKey,
    );

  /** A claim of a value that JSON.stringify does not write, such as 1e400. */
  const signedRaw = (name: string, value: string): string => {
    const { [name]: _, ...rest } = goodClaims(server.issuer);
    const json = `${JSON.stringify(rest).slice(0, -1)},"${name}":${value}}`;
    return forgeSigned({ alg: 'RS256', kid: server.signingKey.kid }, json, server.signingKey);
  };

  /** Not even the key is looked for: its name is one that nobody has heard of. */
  const expectRefusedWithoutFetch = async (claims: object, message: string): Promise<void> => {
    expectRefused(await api.get('/', signed(claims, { kid: crypto.randomUUID() })), message);
    expect(server.requests).toEqual(NOTHING);
    expectRefused(await api.get('/', signed(claims)), message);
  };

  const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    api = await startProtectedApi({ issuer: server.issuer });
    expect(await api.get('/', signed({}))).toMatchObject({ status: 200 });
  });

  beforeEach(() => server.clear());

  afterAll(async () => {
    await api.close();
    await server.stop();
  });

  describe('that are times', () => {
    const notTimes = [
      '"4000000000"',
      'null',
      'true',
      '{}',
      '[4000000000]',
      '1e400',
      '-1e400',
      '""',
    ];
    const notEnds = ['0', '-0', '-1', '-4000000000', '9007199254740993', '1e-7', '-0.5'];

    it.each([...notTimes, ...notEnds])('refuse exp %s', async (value) => {
      expectRefused(await api.get('/', signedRaw('exp', value)));
    });

    it('refuse a token without an end', async () => {
      expectRefused(await api.get('/', signed({ exp: undefined })));
    });

    it.each(notTimes)('refuse nbf and iat %s', async (value) => {
      expectRefused(await api.get('/', signedRaw('nbf', value)));
      expectRefused(await api.get('/', signedRaw('iat', value)));
    });

    it('refuse a dead or an unborn token before its key is looked for', async () => {
      await expectRefusedWithoutFetch({ exp: inSeconds(-31) }, EXPIRED);
      await expectRefusedWithoutFetch({ exp: 1 }, EXPIRED);
      await expectRefusedWithoutFetch({ nbf: inSeconds(60) }, TOO_EARLY);
      await expectRefusedWithoutFetch({ iat: inSeconds(60) }, TOO_EARLY);
      await expectRefusedWithoutFetch({ nbf: 1e300 }, TOO_EARLY);
      await expectRefusedWithoutFetch({ iat: Date.now() }, TOO_EARLY);
    });

    it.each([-1, 301, Number.NaN, Number.POSITIVE_INFINITY, '30', null])(
      'cannot be made meaningless by a tolerance of %p seconds: the API does not start',
      async (clockToleranceSeconds) => {
        const start = startProtectedApi({
          issuer: server.issuer,
          clockToleranceSeconds: clockToleranceSeconds as number,
        });
        await expect(start).rejects.toBeInstanceOf(ConfigurationError);
      },
    );
  });

  describe('that name the issuer', () => {
    const forgeries: [string, (issuer: string) => unknown][] = [
      ['nobody', () => undefined],
      ['null', () => null],
      ['an empty text', () => ''],
      ['a list', (issuer) => [issuer]],
      ['an object', (issuer) => ({ issuer })],
      ['a slash at the end', (issuer) => `${issuer}/`],
      ['capital letters', (issuer) => issuer.toUpperCase()],
      ['another case of the scheme', (issuer) => issuer.replace('http', 'HTTP')],
      ['https instead', (issuer) => issuer.replace('http', 'https')],
      ['a longer host', (issuer) => `${issuer}.evil.example.com`],
      ['a user name in front', (issuer) => issuer.replace('//', '//evil@')],
      ['our issuer as a user name', (issuer) => `${issuer}@evil.example.com`],
      ['another realm on the same host', (issuer) => `${issuer}/realms/other`],
      ['a fragment', (issuer) => `${issuer}#`],
      ['a query', (issuer) => `${issuer}?`],
      ['a dot after the host', (issuer) => issuer.replace('.1:', '.1.:')],
      ['a path that comes back', (issuer) => `${issuer}/a/..`],
      ['another name of the host', (issuer) => issuer.replace('127.0.0.1', 'localhost')],
      ['a shorter form of the address', (issuer) => issuer.replace('127.0.0.1', '127.1')],
      ['a space', (issuer) => `${issuer} `],
      ['a zero byte', (issuer) => `${issuer}\u0000`],
      ['a look-alike letter', (issuer) => issuer.replace('t', '\u0442')],
      ['a letter of full width', (issuer) => issuer.replace('1', '\uff11')],
      ['percent encoding', (issuer) => issuer.replace('.', '%2E')],
      ['somebody else', () => 'https://evil.example.com'],
      ['a file', () => 'file:///etc/passwd'],
      ['the cloud, where it keeps its secrets', () => 'http://169.254.169.254/latest'],
    ];

    it.each(forgeries)('refuse %s, and fetch nothing from there', async (_, iss) => {
      await expectRefusedWithoutFetch({ iss: iss(server.issuer) }, FOREIGN_ISSUER);
    });
  });

  it.each([
    ['nobody', undefined],
    ['null', null],
    ['an empty list', []],
    ['an empty text', ''],
  ])('refuse an audience that is nobody: %s', async (_, aud) => {
    expectRefused(await api.get('/', signed({ aud })), 'The access token names no audience');
  });

  it.each([
    ['somebody else', 'https://other.example.com'],
    ['a part of our name', 'https://api.example'],
    ['a longer name', `${audience}.evil.example.com`],
    ['a slash at the end', `${audience}/`],
    ['another case', 'https://API.example.com'],
    ['a pattern', 'https://.*'],
    ['an asterisk', '*'],
    ['our name among others in one text', `${audience} https://other.example.com`],
    ['a list in a list', [[audience]]],
    ['our name beside something that is no text', [audience, 1]],
    ['an object', { 0: audience, length: 1 }],
    ['true', true],
    ['a number', 0],
  ])('refuse an audience that is not us: %s', async (_, aud) => {
    expectRefused(await api.get('/', signed({ aud })), FOREIGN_AUDIENCE);
  });
});
