import { createPublicKey } from 'node:crypto';
import { Controller, Get } from '@nestjs/common';
import { SignJWT } from 'jose';
import { JwksClient } from 'jwks-rsa';
import {
  AccessToken,
  type IssuerOptions,
  JwtAuthModule,
  type JwtAuthOptions,
} from 'nestjs-access-tokens';
import { type RunningApp, startApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { publicPart } from '../../support/forge.js';

const audience = 'https://api.example.com';

@Controller()
class WhoController {
  @Get()
  who(@AccessToken() token: AccessToken) {
    return { issuer: token.issuer, scopes: [...token.scopes] };
  }
}

const apps: RunningApp[] = [];

async function start(options: JwtAuthOptions): Promise<RunningApp> {
  const app = await startApp({
    imports: [JwtAuthModule.forRoot(options)],
    controllers: [WhoController],
  });
  apps.push(app);
  return app;
}

describe('the issuers of a protected API', () => {
  let one: AuthorizationServer;
  let other: AuthorizationServer;

  beforeEach(async () => {
    [one, other] = await Promise.all([AuthorizationServer.start(), AuthorizationServer.start()]);
  });

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await Promise.all([one.stop(), other.stop()]);
  });

  it('may be several, each with rules of its own on top of the shared ones', async () => {
    const api = await start({
      audience,
      issuers: [
        one.issuer,
        { issuer: other.issuer, audience: 'https://other', scopeClaims: ['roles'] },
      ],
    });
    const answers = await Promise.all([
      api.get('/', await one.sign({ scope: 'a', roles: ['b'] })),
      api.get('/', await other.sign({ scope: 'a', roles: ['b'], aud: 'https://other' })),
      api.get('/', await other.sign({ aud: audience })),
      api.get('/', await one.sign({ aud: 'https://other' })),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 401]);
    expect(answers.slice(0, 2).map(({ body }) => body)).toEqual([
      { issuer: one.issuer, scopes: ['a'] },
      { issuer: other.issuer, scopes: ['b'] },
    ]);
  });

  it('never vouch for each other, even under the same kid', async () => {
    const api = await start({ audience, issuers: [one.issuer, other.issuer] });
    const kid = one.signingKey.kid;
    const mixed = await other.sign({ iss: one.issuer }, { kid });
    expect((await api.get('/', mixed)).status).toBe(401);
    expect((await api.get('/', await one.sign())).status).toBe(200);
  });

  it('go on when another one is down', async () => {
    const api = await start({ audience, issuers: [one.issuer, other.issuer], warmUp: 'lazy' });
    const token = await other.sign();
    await other.stop();
    expect((await api.get('/', token)).status).toBe(503);
    expect((await api.get('/', await one.sign())).status).toBe(200);
  });

  it('may be looked up, once each, and are trusted only under their own name', async () => {
    const asked: string[] = [];
    const api = await start({
      audience,
      resolveIssuer: async (issuer) => {
        asked.push(issuer);
        return issuer === one.issuer ? { issuer } : undefined;
      },
    });
    const token = await one.sign();
    const good = await Promise.all(Array.from({ length: 20 }, () => api.get('/', token)));
    expect(new Set(good.map(({ status }) => status))).toEqual(new Set([200]));
    expect(asked).toEqual([one.issuer]);
    for (let i = 0; i < 3; i += 1)
      expect((await api.get('/', await other.sign())).status).toBe(401);
    expect(asked).toEqual([one.issuer, other.issuer]);
    expect(other.requests).toMatchObject({ discovery: 0, jwks: 0 });
  });

  it.each([
    ['throws', () => Promise.reject(new Error('database'))],
    ['gives another issuer', () => ({ issuer: 'https://evil.example.com' })],
    [
      'gives an issuer with faults',
      (issuer: string) => ({ issuer, profile: 'none' }) as unknown as IssuerOptions,
    ],
  ])('answer 503 when the look-up %s, since it cannot be known', async (_, resolveIssuer) => {
    const api = await start({ audience, resolveIssuer });
    const answer = await api.get('/', await one.sign());
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(one.requests).toMatchObject({ discovery: 0, jwks: 0 });
  });

  describe('have their keys', () => {
    const pem = (): string =>
      createPublicKey({ key: publicPart(one.signingKey) as never, format: 'jwk' })
        .export({ format: 'pem', type: 'spki' })
        .toString();

    it.each([
      [
        'at jwksUri, without discovery',
        () => ({ jwksUri: `${one.issuer}/jwks` }),
        { discovery: 0, jwks: 1 },
      ],
      [
        'in jwks',
        () => ({ jwks: { keys: [publicPart(one.signingKey)] } }),
        { discovery: 0, jwks: 0 },
      ],
      ['in publicKey, as PEM', () => ({ publicKey: pem() }), { discovery: 0, jwks: 0 }],
      [
        'in publicKey, as JWK',
        () => ({ publicKey: publicPart(one.signingKey) }),
        { discovery: 0, jwks: 0 },
      ],
      [
        'through a JwksClient of the application',
        () => ({ jwksClient: new JwksClient({ jwksUri: `${one.issuer}/jwks` }) }),
        { discovery: 0, jwks: 1 },
      ],
    ])('%s', async (_, keys, requests) => {
      const api = await start({ issuer: one.issuer, audience, ...keys() });
      expect((await api.get('/', await one.sign())).status).toBe(200);
      expect((await api.get('/', await other.sign({ iss: one.issuer }))).status).toBe(401);
      expect(
        (await api.get('/', await other.sign({ iss: one.issuer }, { kid: one.signingKey.kid })))
          .status,
      ).toBe(401);
      expect(one.requests).toMatchObject({ discovery: requests.discovery });
      expect(one.requests.jwks).toBeGreaterThanOrEqual(requests.jwks);
    });

    it('in a secret, and then accept nothing but HMAC that is long enough for it', async () => {
      const secret = 's'.repeat(48);
      const api = await start({ issuer: one.issuer, audience, secret });
      const sign = (alg: string, key = secret): Promise<string> =>
        new SignJWT({ scope: 'a' })
          .setProtectedHeader({ alg })
          .setIssuer(one.issuer)
          .setAudience(audience)
          .setExpirationTime('1m')
          .sign(Buffer.from(key));
      const statuses = await Promise.all(
        [
          sign('HS256'),
          sign('HS384'),
          sign('HS512'),
          sign('HS256', 't'.repeat(48)),
          one.sign(),
        ].map(async (token) => (await api.get('/', await token)).status),
      );
      expect(statuses).toEqual([200, 200, 401, 401, 401]);
    });

    it('never in a secret that was not given: a public key is no HMAC key', async () => {
      const api = await start({ issuer: one.issuer, audience, publicKey: pem() });
      const token = await new SignJWT({})
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(one.issuer)
        .setAudience(audience)
        .setExpirationTime('1m')
        .sign(Buffer.from(pem()));
      expect((await api.get('/', token)).status).toBe(401);
    });
  });

  it('are waited for at start with eager warm-up, and fail the start when they are down', async () => {
    await start({ issuer: one.issuer, audience, warmUp: 'eager' });
    expect(one.requests).toMatchObject({ discovery: 1, jwks: 1 });
    await other.stop();
    await expect(start({ issuer: other.issuer, audience, warmUp: 'eager' })).rejects.toThrow(
      "warmUp: 'eager', and there are no keys to be had.",
    );
  });

  it('are not asked before the first token with lazy warm-up', async () => {
    const api = await start({ issuer: one.issuer, audience, warmUp: 'lazy' });
    await api.get('/');
    expect(one.requests).toMatchObject({ discovery: 0, jwks: 0 });
    expect((await api.get('/', await one.sign())).status).toBe(200);
    expect(one.requests).toMatchObject({ discovery: 1, jwks: 1 });
  });
});
