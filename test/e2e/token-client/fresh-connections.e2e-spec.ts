import { runAs, UserTokenService } from 'nestjs-access-tokens';
import { CertificateAuthority } from '../../support/certificates.js';
import { TestClock } from '../../support/clock.js';
import { ResettingServer } from '../../support/resetting-server.js';
import { TokenClients } from '../../support/token-clients.js';

/** Over TLS with an authority of its own: the `fetch` of Node.js is not to be had from within the tests. */
describe('what may not be repeated', () => {
  let server: ResettingServer;
  let ca: string;

  beforeEach(async () => {
    const authority = await CertificateAuthority.create();
    ca = authority.certificate;
    server = await ResettingServer.start(authority);
  });

  afterEach(async () => {
    await TokenClients.stopAll();
    server.stop();
  });

  it('never goes over a connection that the server may have closed', async () => {
    const clock = new TestClock();
    const { app, tokens } = await TokenClients.start({
      tokenEndpoint: server.tokenEndpoint,
      clientId: 'web',
      clientSecret: 'web-secret',
      clock,
      backchannel: { ca, retries: 0 },
      clients: {
        machine: { baseURL: 'https://api.example.com' },
        api: { baseURL: 'https://api.example.com', token: 'user' },
      },
    });
    const users = app.get(UserTokenService);
    await users.store(
      { accessToken: 'at-0', refreshToken: 'rt-0', expiresInSeconds: 300 },
      'alice',
    );
    // Leaves a connection behind that is good for nothing.
    await tokens.getToken('machine');
    const seen: string[] = [];
    for (const _ of [1, 2, 3]) {
      clock.advance({ seconds: 400 });
      seen.push((await runAs('alice', () => users.getToken('api'))).accessToken);
    }
    expect(seen).toEqual(['at-2', 'at-3', 'at-4']);
    expect(server.grants).toEqual([
      'client_credentials',
      'refresh_token',
      'refresh_token',
      'refresh_token',
    ]);
    expect(server.stale).toBe(0);
  });
});
