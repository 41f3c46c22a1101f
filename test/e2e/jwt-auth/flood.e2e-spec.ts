import { Test } from '@nestjs/testing';
import { JwtAuthModule, TokenVerifier } from 'nestjs-access-tokens';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { forge, goodClaims } from '../../support/forge.js';

const audience = 'https://api.example.com';

describe('a flood of tokens with unknown kids', () => {
  let server: AuthorizationServer;
  let clock: TestClock;
  let verifier: TokenVerifier;
  let close: () => Promise<void>;

  beforeEach(async () => {
    server = await AuthorizationServer.start();
    clock = new TestClock();
    const module = await Test.createTestingModule({
      // Without its memory, so that every good token really is looked up.
      imports: [
        JwtAuthModule.forRoot({
          issuer: server.issuer,
          audience,
          clock,
          verifiedTokenCacheSize: 0,
        }),
      ],
    }).compile();
    verifier = module.get(TokenVerifier);
    close = () => module.close();
  });

  afterEach(async () => {
    await close();
    await server.stop();
  });

  const claims = (): object => ({
    ...goodClaims(server.issuer),
    exp: Math.floor(clock.now() / 1000) + 3600,
  });

  const flood = async (kid: string): Promise<string | undefined> => {
    const outcome = await verifier
      .verify(forge({ alg: 'RS256', kid }, claims()))
      .catch((error: unknown) => error);
    return (outcome as { reason?: string }).reason;
  };

  it('of 10,000, 400 a second beside 100 good ones, costs 12 fetches at most and no good token waits or fails', async () => {
    const good = await server.sign({ exp: Math.floor(clock.now() / 1000) + 3600 });
    await verifier.verify(good);
    for (let i = 0; i < 10_000; i += 1) {
      clock.advance({ ms: 2.5 });
      expect(await flood(`random-${i}`)).toBe('key');
      if (i % 4 === 0) await verifier.verify(good);
    }
    expect(server.requests.jwks).toBeLessThanOrEqual(12);
  });

  it('lets a good token through while its own fetch hangs', async () => {
    const good = await server.sign({ exp: Math.floor(clock.now() / 1000) + 3600 });
    await verifier.verify(good);
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    server.intercept = (kind) => (kind === 'jwks' ? held : undefined);
    const waiting = flood('unknown');
    await expect(verifier.verify(good)).resolves.toMatchObject({ issuer: server.issuer });
    letGo();
    expect(await waiting).toBe('key');
  });

  it('of 50 a second keeps a new key waiting for three seconds at most', async () => {
    await verifier.verify(await server.sign());
    for (let i = 0; i < 50; i += 1) await flood(`before-${i}`);
    await server.rotateKey();
    const fresh = await server.sign({ exp: Math.floor(clock.now() / 1000) + 3600 });
    let waitedMs = 0;
    while (waitedMs <= 3_000 && !(await verifier.verify(fresh).catch(() => undefined))) {
      clock.advance({ ms: 20 });
      waitedMs += 20;
      await flood(`after-${waitedMs}`);
    }
    expect(waitedMs).toBeLessThanOrEqual(3_000);
  });
});
