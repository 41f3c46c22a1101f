import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import { ConfigurationError, type JwtAuthOptions } from 'nestjs-access-tokens';
import { resolveOptions } from '../../../../lib/jwt-auth/options/resolve-options.js';
import type { RunningApp } from '../../../support/app.js';
import { AuthorizationServer } from '../../../support/authorization-server.js';
import { forgeSigned, goodClaims } from '../../../support/forge.js';
import { answering, json, type Reply, text } from '../../../support/hostile-answers.js';
import { startProtectedApi } from '../../../support/protected-api.js';

/** Another line, a terminal that obeys, text that runs backwards, and far too much of all that. */
const HOSTILE =
  '\r\n[Nest] 1 - LOG [Auth] \u001b[32madmin\u001b[0m\u009b1m\u0085\u2028\u2029\u202eabc\u2066\u200b\ud800\0' +
  'x'.repeat(3_000);
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const LONGEST = 2_300;

class AllLogs implements LoggerService {
  readonly lines: string[] = [];
  private readonly add = (...parts: unknown[]): void => {
    this.lines.push(...parts.filter((part) => part !== undefined).map(String));
  };
  readonly log = this.add;
  readonly error = this.add;
  readonly warn = this.add;
  readonly debug = this.add;
  readonly verbose = this.add;
  readonly fatal = this.add;
}

describe('words of others', () => {
  let server: AuthorizationServer;
  let api: RunningApp | undefined;
  let logs: AllLogs;
  let shown: string[];

  type Options = Partial<Omit<JwtAuthOptions, 'issuer' | 'onFailure'>>;

  const start = async (options: Options = {}): Promise<RunningApp> => {
    api = await startProtectedApi({
      issuer: server.issuer,
      logger: logs,
      warmUp: 'lazy',
      ...options,
      onFailure: (error) => {
        shown.push(error.message, ...Object.values(error).filter((v) => typeof v === 'string'));
        throw new Error(HOSTILE);
      },
    });
    return api;
  };

  const send = async ({ get }: RunningApp, token: string): Promise<number> => {
    const { status, body, headers } = await get('/', token);
    shown.push(...Object.values(body as object).map(String), ...[...headers].flat());
    return status;
  };

  const expectHarmless = (): void => {
    expect(logs.lines.join('\n')).toContain('[Nest] 1 - LOG');
    for (const line of [...logs.lines, ...shown]) {
      expect(line).not.toMatch(UNSAFE);
      expect(line.length).toBeLessThan(LONGEST);
    }
  };

  const signed = (claims: object, header: object = {}): string =>
    forgeSigned(
      { alg: 'RS256', kid: server.signingKey.kid, ...header },
      { ...goodClaims(server.issuer), ...claims },
      server.signingKey,
      'RS256',
    );

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });

  beforeEach(() => {
    [logs, shown] = [new AllLogs(), []];
  });

  afterEach(async () => {
    server.clear();
    await api?.close();
    api = undefined;
  });

  afterAll(() => server.stop());

  it.each<[string, object, object]>([
    ['iss', { iss: HOSTILE }, {}],
    ['iss, though the resolver trusts anything', { iss: `https://id.example.com/${HOSTILE}` }, {}],
    ['aud', { aud: [HOSTILE] }, {}],
    ['typ of the payload', { typ: 'Logout', iss: HOSTILE }, {}],
    ['alg', {}, { alg: HOSTILE }],
    ['kid', {}, { kid: HOSTILE.slice(0, 200) }],
    ['typ', {}, { typ: HOSTILE }],
    ['names of claims', { [HOSTILE]: 1, exp: HOSTILE }, { [HOSTILE.slice(0, 300)]: 1 }],
  ])('in a token: %s', async (_, claims, header) => {
    const app = await start({ resolveIssuer: (issuer) => ({ issuer }) });
    expect([400, 401, 503]).toContain(await send(app, signed(claims, header)));
    expectHarmless();
  });

  const thrown = (): never => {
    throw Object.assign(new Error(HOSTILE), { name: HOSTILE });
  };
  const jwksUriOf = (path: string) => ({
    issuer: server.issuer,
    jwks_uri: `${server.issuer}/${path}`,
  });

  it.each<[string, () => Options]>([
    ['isRevoked', () => ({ isRevoked: thrown })],
    ['onValidated', () => ({ onValidated: thrown })],
    ['claimsSchema', () => ({ claimsSchema: { '~standard': { version: 1, validate: thrown } } })],
    [
      'the issues of claimsSchema',
      () => ({
        claimsSchema: {
          '~standard': { version: 1, validate: () => ({ issues: [{ message: HOSTILE }] }) },
        },
      }),
    ],
    ['a JwksClient', () => ({ jwksClient: { getKeys: async () => thrown() } })],
    [
      'resolveIssuer',
      () => ({ issuer: undefined, issuers: ['https://other.example.com'], resolveIssuer: thrown }),
    ],
    [
      'what resolveIssuer gives',
      () => ({
        issuer: undefined,
        issuers: ['https://other.example.com'],
        resolveIssuer: () => ({ issuer: HOSTILE, profile: HOSTILE as 'auto', [HOSTILE]: HOSTILE }),
      }),
    ],
    [
      'the audience of a tenant',
      () => ({
        issuer: undefined,
        issuers: ['https://other.example.com'],
        resolveIssuer: () => ({ issuer: server.issuer, audience: `other ${HOSTILE}` }),
      }),
    ],
  ])('in what a function among the options says: %s', async (_, options) => {
    const app = await start(options());
    expect([401, 503]).toContain(await send(app, signed({})));
    expectHarmless();
  });

  it.each<[string, () => Partial<Record<'discovery' | 'jwks', Reply>>]>([
    ['the issuer', () => ({ discovery: json({ issuer: HOSTILE }) })],
    ['jwks_uri', () => ({ discovery: json(jwksUriOf(`jwks${HOSTILE}`)) })],
    [
      'jwks_uri, encoded',
      () => ({ discovery: json(jwksUriOf(encodeURI(HOSTILE.replace('\ud800', '')))) }),
    ],
    ['jwks_uri, long', () => ({ discovery: json(jwksUriOf('x'.repeat(99_999))) })],
    ['the whole metadata', () => ({ discovery: text(HOSTILE) })],
    ['the key set', () => ({ jwks: text(HOSTILE) })],
    [
      'the names of keys',
      () => ({ jwks: json({ keys: [{ kid: HOSTILE, kty: HOSTILE, alg: HOSTILE }] }) }),
    ],
    [
      'the status and its reason',
      () => ({ jwks: (response) => response.writeHead(418, 'I am a \u00c3 teapot').end(HOSTILE) }),
    ],
  ])('in what an issuer answers: %s', async (_, replies) => {
    server.intercept = answering(replies());
    const app = await start();
    expect(await send(app, signed({}))).toBe(503);
    expectHarmless();
  });

  it('in values of options', () => {
    const options: object = {
      issuer: `https://id.example.com/${HOSTILE}`,
      audience: 'a',
      profile: HOSTILE,
      warmUp: HOSTILE,
      protect: [HOSTILE],
      clockToleranceSeconds: HOSTILE,
      maxTokenAgeSeconds: HOSTILE,
      verifiedTokenCacheSize: HOSTILE,
      verifiedTokenCacheBytes: HOSTILE,
      [HOSTILE]: 1,
      issuers: [{ issuer: `http://${'x'.repeat(300)}.example/`, [HOSTILE]: 1 }],
    };
    let error: unknown;
    try {
      resolveOptions(options);
    } catch (fault) {
      error = fault;
    }
    expect(error).toBeInstanceOf(ConfigurationError);
    const { problems, message } = error as ConfigurationError;
    expect(problems.length).toBeGreaterThanOrEqual(10);
    for (const line of [...problems, ...message.split('\n')]) {
      expect(line).not.toMatch(UNSAFE);
      expect(line.length).toBeLessThan(LONGEST);
    }
    expect(inspect(error)).not.toContain('\u001b');
  });
});
