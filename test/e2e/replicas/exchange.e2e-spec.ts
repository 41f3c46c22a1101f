import { Controller, Get, Post } from '@nestjs/common';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { JwtAuthModule, TokenClientModule, UserTokenService } from 'nestjs-access-tokens';
import { startApp, type RunningApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { newKey, untilGets } from '../../support/replicas.js';
import { SharedStore } from '../../support/shared-store.js';

const issuer = 'https://id.example.com';

@Controller()
class FrontController {
  constructor(private readonly users: UserTokenService) {}

  @Get('token')
  async token() {
    return { token: (await this.users.getToken('next')).accessToken };
  }

  @Post('invalidate')
  async invalidate() {
    await this.users.invalidate('next');
  }
}

describe('tokens that replicas have exchanged', () => {
  it('stay where they are, and are invalidated everywhere', async () => {
    const server = await RecordingServer.start(tokenEndpoint());
    const clock = new TestClock();
    const tokenCache = new SharedStore(clock);
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const key = await exportJWK(publicKey);
    const encryptionKeys = [newKey()];
    const replica = () =>
      startApp({
        imports: [
          JwtAuthModule.forRoot({ issuer, audience: 'front', publicKey: key }),
          TokenClientModule.forRoot({
            tokenEndpoint: `${server.origin}/token`,
            clientId: 'front',
            clientSecret: 'front-secret',
            clock,
            tokenCache,
            encryptionKeys,
            clients: {
              next: { baseURL: 'https://next.example.com', token: 'exchange', audience: 'next' },
            },
          }),
        ],
        controllers: [FrontController],
      });
    const [one, two] = [await replica(), await replica()];
    const incoming = await new SignJWT({ sub: 'alice' })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
      .setIssuer(issuer)
      .setAudience('front')
      .setExpirationTime('5m')
      .sign(privateKey);
    const get = async (app: RunningApp) => {
      const { body } = await app.get('/token', incoming);
      return (body as { token: string }).token;
    };
    expect([await get(one), await get(two)]).toEqual(['token-1', 'token-2']);
    expect(tokenCache.tokens).toEqual([]);
    const headers = { authorization: `Bearer ${incoming}` };
    expect((await fetch(`${one.url}/invalidate`, { method: 'POST', headers })).status).toBe(201);
    await untilGets(() => get(two), 'token-3');
    expect([await get(one), await get(two)]).toEqual(['token-4', 'token-3']);
    expect(server.requests).toHaveLength(4);
    await Promise.all([one.close(), two.close(), server.stop()]);
  });
});
