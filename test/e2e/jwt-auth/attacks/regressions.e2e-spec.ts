import { inspect } from 'node:util';
import { Controller, Get, type LoggerService, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { JwtAuthModule, TokenVerifier } from 'nestjs-access-tokens';
import { type RunningApp, startApp } from '../../../support/app.js';
import { AuthorizationServer } from '../../../support/authorization-server.js';
import { forge, forgeSigned, goodClaims, publicPart } from '../../../support/forge.js';
import { answering, json } from '../../../support/hostile-answers.js';
import { expectRefused, startProtectedApi } from '../../../support/protected-api.js';

@Controller()
class PassportController {
  @Get()
  @UseGuards(AuthGuard('jwt'))
  any() {
    return {};
  }
}

describe('what an attack once found', () => {
  let server: AuthorizationServer;
  let api: RunningApp;
  const lines: string[] = [];
  const add = (...m: unknown[]): void => void lines.push(m.map(String).join(' '));
  const logger: LoggerService = { log: add, error: add, warn: add, debug: add };
  const signed = (claims: object = {}, head: object = {}): string =>
    forgeSigned(
      { alg: 'RS256', kid: server.signingKey.kid, ...head },
      { ...goodClaims(server.issuer), ...claims },
      server.signingKey,
      'RS256',
    );
  beforeEach(async () => {
    server = await AuthorizationServer.start();
    api = await startProtectedApi({ issuer: server.issuer, logger });
    lines.length = 0;
  });
  afterEach(async () => {
    await api.close();
    await server.stop();
  });

  it("guards AuthGuard('jwt') of two applications in one process each by its own options", async () => {
    const start = (aud: string): Promise<RunningApp> =>
      startApp({
        imports: [
          JwtAuthModule.forRoot({ issuer: server.issuer, audience: aud, protect: 'decorated' }),
        ],
        controllers: [PassportController],
      });
    const [a, b] = [await start('https://a'), await start('https://b')];
    const [own, foreign] = [
      await a.get('/', signed({ aud: 'https://a' })),
      await a.get('/', signed({ aud: 'https://b' })),
    ];
    await a.close();
    await b.close();
    expect([own.status, foreign.status]).toEqual([200, 401]);
  });

  it.each(['a\u0085b', 'a\u009b31m', 'a\u2028b', 'a\u202eb', 'a\u007fb'])(
    'cannot write %j into the log',
    async (evil) => {
      for (const [claims, head] of [
        [{ iss: evil }, {}],
        [{ aud: evil }, {}],
        [{ typ: 'id' }, { typ: evil }],
        [{}, { alg: evil }],
        [{}, { kid: evil }],
      ])
        await api.get('/', signed(claims, head));
      expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    },
  );
  it('cannot fill the log with a typ of nine kilobytes', async () => {
    await api.get('/', signed({}, { typ: 't'.repeat(9_000) }));
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(600);
  });
  it('metadata cannot write lines of its own into the log', async () => {
    server.intercept = answering({
      discovery: json({ issuer: 'x\n[Nest] Root logged in\u001b[2J' }),
    });
    const cold = await startProtectedApi({ issuer: server.issuer, logger });
    await cold.get('/', signed());
    await cold.close();
    expect(lines.join('')).toContain('another issuer');
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  });
  it.each([
    ['the neutral point', '0100000000000000000000000000000000000000000000000000000000000000'],
    ['order 2', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['order 4', '0000000000000000000000000000000000000000000000000000000000000000'],
    ['order 4, other sign', '0000000000000000000000000000000000000000000000000000000000000080'],
    ['order 8', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
    ['order 8, other sign', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa'],
    ['order 8 b', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
    ['order 8 b, other sign', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'],
    ['neutral, non-canonical', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['neutral, other sign', '0100000000000000000000000000000000000000000000000000000000000080'],
    ['order 4, non-canonical', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  ])('an Ed25519 key of low order is as if it were not there: %s', async (_, hex) => {
    const x = Buffer.from(hex, 'hex').toString('base64url');
    const low = { kty: 'OKP', crv: 'Ed25519', kid: 'low', x };
    server.intercept = answering({ jwks: json({ keys: [low, publicPart(server.signingKey)] }) });
    const fresh = await startProtectedApi({ issuer: server.issuer });
    const neutral = Buffer.from('01'.padEnd(64, '0'), 'hex');
    const signature = Buffer.concat([neutral, Buffer.alloc(32)]);
    const statuses: number[] = [];
    for (let i = 0; i < 32; i++) {
      const token = forge(
        { alg: 'EdDSA', kid: 'low' },
        { ...goodClaims(server.issuer), jti: i },
        signature,
      );
      statuses.push((await fresh.get('/', token)).status);
    }
    await fresh.close();
    expect(new Set(statuses)).toEqual(new Set([401]));
  });
  it('cannot be given a scope it does not have', async () => {
    const token = await api.app.get(TokenVerifier).verify(signed());
    try {
      (token.scopes as Set<string>).add('admin');
    } catch {
      /* as it should be */
    }
    expect(token.hasScope('admin')).toBe(false);
  });
  it('takes a token of a kid-less issuer at once after its key has changed', async () => {
    expect((await api.get('/', signed({}, { kid: undefined }))).status).toBe(200);
    await server.rotateKey({ keepOld: false });
    expect((await api.get('/', signed({}, { kid: undefined }))).status).toBe(200);
  });
  it('never shows the raw token, getters or not', async () => {
    const raw = signed();
    const token = await api.app.get(TokenVerifier).verify(raw);
    expect(inspect(token, { showHidden: true, getters: true })).not.toContain(raw);
  });
  it('refuses an end that is beyond the end of time', async () => {
    expectRefused(await api.get('/', signed({ exp: Number.MAX_SAFE_INTEGER })));
  });
  it('refuses to start with two modules in one application, which would trust each other', async () => {
    const mod = (aud: string) => JwtAuthModule.forRoot({ issuer: server.issuer, audience: aud });
    class One {}
    class Other {}
    const start = startApp({
      imports: [
        { module: One, imports: [mod('https://a')] },
        { module: Other, imports: [mod('https://b')] },
      ],
    });
    await expect(start).rejects.toThrow('forRoot: called twice in one application.');
  });
  it('claims have no prototype at any depth', async () => {
    const token = await api.app.get(TokenVerifier).verify(signed({ a: { b: 1 } }));
    expect(Object.getPrototypeOf(token.claims['a'])).toBeNull();
  });
  it('a set of keys of which none can verify anything is no key set', async () => {
    server.intercept = answering({
      jwks: json({
        keys: [{ kty: 'EC', crv: 'secp256k1', kid: server.signingKey.kid, x: 'AA', y: 'AA' }],
      }),
    });
    const fresh = await startProtectedApi({ issuer: server.issuer });
    const answer = await fresh.get('/', signed());
    await fresh.close();
    expect(answer.status).toBe(503);
  });
});
