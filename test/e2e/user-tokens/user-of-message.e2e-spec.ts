import type { AxiosInstance } from 'axios';
import {
  getTokenClientToken,
  JwtAuthModule,
  NoUserError,
  runAs,
  TokenClientModule,
  TokenVerifier,
} from 'nestjs-access-tokens';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { RecordingServer } from '../../support/recording-server.js';
import { signIn } from '../../support/sign-in.js';
import { TokenClients } from '../../support/token-clients.js';

describe('work for a token that came with a message', () => {
  let server: AuthorizationServer;
  let next: RecordingServer;
  let token: string;

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    next = await RecordingServer.start();
    token = (await signIn(server, { scope: 'openid api1' })).accessToken;
  });

  afterEach(() => TokenClients.stopAll());
  afterAll(() => Promise.all([server.stop(), next.stop()]));

  async function start() {
    const { app } = await TokenClients.start([
      JwtAuthModule.forRoot({ issuer: server.issuer, audience: 'https://api.example.com' }),
      TokenClientModule.forRoot({
        issuer: server.issuer,
        clientId: 'api',
        clientSecret: 'api-secret',
        clients: {
          exchanged: {
            baseURL: next.origin,
            token: 'exchange',
            resource: 'https://orders.example.com',
            scope: 'orders.read',
          },
          forwarded: {
            baseURL: next.origin,
            token: 'forward',
            audience: 'https://api.example.com',
          },
        },
      }),
    ]);
    const client = (name: string) =>
      app.get<AxiosInstance>(getTokenClientToken(name), { strict: false });
    const verified = await app.get(TokenVerifier, { strict: false }).verify(token);
    return { client, verified };
  }

  it('is exchanged and forwarded as in a request', async () => {
    const { client, verified } = await start();
    expect((await runAs(verified, () => client('exchanged').get('/'))).status).toBe(200);
    expect(next.authorizations.at(-1)).toMatch(/^Bearer /);
    expect(next.authorizations.at(-1)).not.toBe(`Bearer ${token}`);
    await runAs(verified, () => client('forwarded').get('/'));
    expect(next.authorizations.at(-1)).toBe(`Bearer ${token}`);
  });

  it('takes nothing that only looks like a verified token', async () => {
    const { verified } = await start();
    const copy = { ...verified, raw: token, key: undefined } as never;
    expect(() => runAs(copy, () => 1)).toThrow('this access token was not verified here');
  });

  it('tells whoever names a user alone what it takes', async () => {
    const { client } = await start();
    const error: unknown = await runAs('alice', () => client('exchanged').get('/')).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(NoUserError);
    expect(String(error)).toContain('give runAs the token itself');
  });
});
