import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type AccessToken,
  InvalidTokenError,
  JwtAuthModule,
  KeysUnavailableError,
  TokenVerifier,
} from 'nestjs-access-tokens';
import { TestClock } from '../support/clock.js';
import { otherKind } from './grammars/other-kinds.js';
import { tokenCase, tokenOf, type TokenStock } from './grammars/tokens.js';
import { fuzz } from './support/fuzz.js';
import { expectNoSecretIn, expectOurs, shownOf } from './support/invariants.js';
import { AUDIENCE, TestIssuer, issuerIn } from './support/test-issuer.js';
import { words } from './support/words.js';
import { WatchingLogger } from './support/watching.logger.js';

/** Claims that no access token has. */
const NEVER = words(
  'at_hash c_hash s_hash events cnf token_introspection jwks authority_hints auth_req_id device_code client_notification_token ati redirect_uri',
);
const TENANTS = 20;
const TOLERANCE_SECONDS = 30;

describe('mutated access tokens', () => {
  const clock = new TestClock();
  const plain = new TestIssuer('https://plain.example.com');
  const strict = new TestIssuer('https://strict.example.com');
  /** One that signs all kinds of tokens with its keys, as where they come from metadata. */
  const mixed = new TestIssuer('https://mixed.example.com');
  const tenants = Array.from(
    { length: TENANTS },
    (_, n) => new TestIssuer(`https://${n}.example.com`),
  );
  const issuers = [plain, strict, mixed, ...tenants];
  const stock: TokenStock = { issuers, good: goodTokens(), now: () => clock.now() };
  const signatures = stock.good.map(signatureOf);
  const logger = new WatchingLogger(new RegExp(signatures.join('|').replaceAll('-', '\\-')));
  let app: INestApplicationContext;
  let verifier: TokenVerifier;

  beforeAll(async () => {
    const jwtAuth = JwtAuthModule.forRoot({
      audience: AUDIENCE,
      issuers: [
        { issuer: plain.issuer, jwks: plain.jwks, impliedScopes: { write: ['read'] } },
        { issuer: mixed.issuer, jwks: mixed.jwks, acceptUnmarkedTokens: false },
        {
          issuer: strict.issuer,
          jwks: strict.jwks,
          profile: 'rfc9068',
          maxTokenAgeSeconds: 90 * 86_400,
        },
      ],
      resolveIssuer: (issuer) => {
        if (issuer.includes('7')) throw new Error(`no tenant\r\n${issuer}`);
        const tenant = tenants.find((one) => one.issuer === issuer);
        return tenant && { issuer, jwks: tenant.jwks };
      },
      algorithms: ['ES256', 'EdDSA', 'RS256'],
      roleClaims: ['roles', ['realm_access', 'roles']],
      clockToleranceSeconds: TOLERANCE_SECONDS,
      verifiedTokenCacheSize: 2_000,
      onValidated: ({ claims }) => {
        if (claims['jti'] === '') throw new Error(`refused ${JSON.stringify(claims)}`);
      },
      clock,
    });
    app = await NestFactory.createApplicationContext(
      { module: class {}, imports: [jwtAuth] },
      { logger },
    );
    verifier = app.get(TokenVerifier);
  });

  afterAll(() => app.close());

  it('are refused by name, and taken only where the issuer that they name has signed them', async () => {
    const names = issuers.map(({ issuer }) => issuer);
    await fuzz(
      'mutated tokens',
      tokenCase([...names, 'https://stranger.example']),
      async (one) => {
        clock.advance({ ms: 20 });
        const token = tokenOf(one, stock);
        const taken = await verified(token);
        if (taken) await expectGood(token, taken);
        // Whatever was done to a good one without the key makes another token of it, whoever reads it generously.
        if (taken && one.kind !== 'signed' && !stock.good.includes(String(token)))
          throw new Error(`taken though it was changed: ${String(token)}`);
        // Unless that of a tenant who cannot be looked up at the moment: the others are always there.
        const mustPass =
          one.kind === 'good' &&
          [plain, strict, mixed].some(({ issuer }) => issuerIn(String(token)) === issuer);
        if (mustPass && !taken) throw new Error('a good token was refused');
        logger.expectClean();
      },
      1.5,
    );
  });

  it('are refused where they are signed for another purpose, whatever is beside it', async () => {
    await fuzz(
      'tokens of other kinds',
      otherKind(AUDIENCE),
      async ({ typ, claims }) => {
        clock.advance({ ms: 20 });
        const header = { ...mixed.header(0), typ };
        const { iss, aud, iat, exp } = mixed.claims(clock.now());
        const token = mixed.sign(header, { iss, aud, iat, exp, ...claims }, 0);
        const taken = await verified(token);
        if (taken) throw new Error(`taken though it is no access token: ${token}`);
        logger.expectClean();
      },
      0.5,
    );
  });

  async function verified(token: unknown): Promise<AccessToken | undefined> {
    try {
      return await verifier.verify(token as string);
    } catch (error) {
      expectOurs(error);
      if (!(error instanceof InvalidTokenError || error instanceof KeysUnavailableError))
        throw error;
      if (typeof token === 'string' && signatureOf(token).length > 40)
        expectNoSecretIn(shownOf(error), [signatureOf(token)]);
      return undefined;
    }
  }

  /** Asks somebody else. */
  async function expectGood(token: unknown, taken: AccessToken): Promise<void> {
    if (typeof token !== 'string') throw new Error('taken though it is no text');
    const issuer = issuers.find((one) => one.issuer === issuerIn(token));
    const claims = await issuer?.judge(token, clock.now(), TOLERANCE_SECONDS);
    if (!claims) throw new Error(`wrongly taken: ${token}`);
    expect(taken.issuer).toBe(issuer?.issuer);
    expect(JSON.stringify(taken.claims)).toBe(JSON.stringify(claims));
    expectNoSecretIn(shownOf(taken), [signatureOf(token)]);
    expectAccessToken(token, taken);
  }

  /** Nothing that was signed for another purpose (RFC 8725 section 3.12). */
  function expectAccessToken(token: string, { claims }: AccessToken): void {
    const header = JSON.parse(
      Buffer.from(token.split('.')[0] ?? '', 'base64url').toString(),
    ) as object;
    const { typ, ...rest }: { typ?: string; crit?: unknown; b64?: unknown } = header;
    expect(['jwt', 'at+jwt', 'application/at+jwt']).toContain((typ ?? 'jwt').toLowerCase());
    expect(rest.crit).toBeUndefined();
    // Its default may be said (RFC 7797 section 3).
    expect(rest.b64 ?? true).toBe(true);
    for (const name of NEVER) expect(claims[name]).toBeUndefined();
    for (const name of ['token_use', 'tokenUse', 'token_kind', 'token_class', 'token_type', 'typ'])
      expect(JSON.stringify([claims[name]])).not.toMatch(/^\["(?:id|refresh)(?:_token)?"\]$/i);
    if (claims['state'] !== undefined) expect(claims['code']).toBeUndefined();
    if (typeof claims['active'] === 'boolean') expect(claims['token_type']).toBeUndefined();
    if (claims['iss'] === strict.issuer) expect(claims['nonce']).toBeUndefined();
    if (claims['iss'] === strict.issuer)
      expect(claims).toMatchObject({ sub: expect.any(String), jti: expect.any(String) });
  }

  function goodTokens(): string[] {
    return [...issuers.slice(0, 6), plain, strict].flatMap((issuer, n) =>
      [0, 1].map((key) =>
        issuer.sign(
          issuer.header(key),
          issuer.claims(clock.now(), {
            jti: `${n}.${key}`,
            roles: ['clerk'],
            nested: { list: [1, { a: null }] },
          }),
          key,
        ),
      ),
    );
  }
});

function signatureOf(token: string): string {
  return token.slice(token.lastIndexOf('.') + 1);
}
