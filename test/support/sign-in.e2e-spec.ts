import { createRemoteJWKSet, jwtVerify } from 'jose';
import { AuthorizationServer } from './authorization-server.js';
import { signIn } from './sign-in.js';

describe('signing in at the authorization server of the tests', () => {
  let server: AuthorizationServer;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });
  beforeEach(() => server.clear());
  afterAll(() => server.stop());

  const verify = async (token: string) =>
    jwtVerify(token, createRemoteJWKSet(new URL(`${server.issuer}/jwks`)), {
      issuer: server.issuer,
    });

  it('gives out a JWT access token for the API of the scopes, a refresh token and who it is', async () => {
    const alice = await signIn(server);
    expect(alice).toMatchObject({ expiresIn: 3600, scope: 'api1', tokenType: 'Bearer' });
    expect((await verify(alice.accessToken)).payload).toMatchObject({
      aud: 'https://api.example.com',
      sub: 'alice',
      client_id: 'web',
      scope: 'api1',
    });
    expect(alice.claims).toMatchObject({
      aud: 'web',
      sub: 'alice',
      name: 'Alice Smith',
      email: 'alice@example.com',
    });
    await expect(server.isAlive(alice.refreshToken)).resolves.toBe(true);
  });
});
