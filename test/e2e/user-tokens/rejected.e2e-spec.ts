import { Controller, Get, Inject } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import {
  getTokenClientToken,
  JwtAuthModule,
  KeyvUserTokenStore,
  MemoryUserTokenStore,
  runAs,
  TokenClientModule,
  UserTokenService,
  type TokenClientModuleOptions,
} from 'nestjs-access-tokens';
import { startApp, type RunningApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { RecordingServer } from '../../support/recording-server.js';
import { AtomicStore } from '../../support/shared-store.js';
import { signIn } from '../../support/sign-in.js';
import { TokenClients } from '../../support/token-clients.js';

@Controller()
class FrontController {
  constructor(@Inject(getTokenClientToken('next')) private readonly next: AxiosInstance) {}

  @Get('call')
  async call() {
    const { status } = await this.next.get('/', { validateStatus: () => true });
    return { status };
  }
}

describe('an API that refuses the tokens of users', () => {
  let server: RecordingServer;
  let api: RecordingServer;
  let clock: TestClock;
  let issuer: AuthorizationServer;
  let app: RunningApp | undefined;

  beforeAll(async () => {
    server = await RecordingServer.start();
    api = await RecordingServer.start();
    issuer = await AuthorizationServer.start();
  });

  beforeEach(() => {
    clock = new TestClock();
    server.requests.length = api.requests.length = 0;
    let count = 0;
    server.respond = () => ({
      body: {
        access_token: `at-${++count}`,
        refresh_token: `rt-${count}`,
        token_type: 'Bearer',
        expires_in: 3600,
      },
    });
    api.respond = () => ({
      status: 401,
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    });
  });

  afterEach(async () => {
    await app?.close();
    app = undefined;
    await TokenClients.stopAll();
  });

  afterAll(() => Promise.all([server.stop(), api.stop(), issuer.stop()]));

  async function started(more: Partial<TokenClientModuleOptions> = {}) {
    const clients = await TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'web',
      clientSecret: 'web-secret',
      clock,
      userTokenStore: new MemoryUserTokenStore(),
      encryptionKeys: 'none',
      backchannel: { retries: 0 },
      clients: {
        mail: { baseURL: api.origin, token: 'user' },
        files: { baseURL: api.origin, token: 'user', resource: 'urn:files' },
      },
      ...more,
    });
    const users = clients.app.get(UserTokenService);
    const signedIn = (...names: string[]) =>
      Promise.all(
        names.map((name) =>
          users.store(
            { accessToken: `at-${name}`, refreshToken: name, expiresInSeconds: 3600 },
            name,
          ),
        ),
      );
    const call = (name: string, client = 'mail') =>
      runAs(name, async () => {
        const axios = clients.axios(client);
        return (await axios.get('/', { validateStatus: () => true })).status;
      });
    return { signedIn, call, logs: clients.logs };
  }

  const crowd = (size: number) => Array.from({ length: size }, (_, at) => `user-${at}`);

  it('causes five refreshes in a row and then one each five seconds', async () => {
    const { signedIn, call, logs } = await started();
    await signedIn('alice');
    for (let at = 0; at < 100; at++) expect(await call('alice')).toBe(401);
    expect(server.requests).toHaveLength(5);
    expect(api.requests).toHaveLength(105);
    clock.advance({ seconds: 5 });
    for (let at = 0; at < 100; at++) await call('alice');
    expect(server.requests).toHaveLength(6);
    expect(logs.ours.filter((line) => line.includes('token_rejected_again'))).toHaveLength(1);
  });

  it('causes one refresh where many calls are refused together', async () => {
    const { signedIn, call } = await started();
    await signedIn('alice');
    await Promise.all(Array.from({ length: 100 }, () => call('alice')));
    expect(server.requests).toHaveLength(1);
  });

  it('causes no more than that where the refreshes fail', async () => {
    const { signedIn, call } = await started();
    await signedIn('alice');
    server.respond = () => ({ status: 500 });
    for (let at = 0; at < 30; at++) expect(await call('alice')).toBe(401);
    expect(server.requests).toHaveLength(5);
    expect(api.requests).toHaveLength(30);
  });

  it('costs neither another user nor another resource anything', async () => {
    const { signedIn, call } = await started();
    await signedIn('alice', 'bob');
    for (let at = 0; at < 20; at++) await call('alice');
    expect(server.requests).toHaveLength(5);
    await call('bob');
    expect(server.requests).toHaveLength(6);
    await call('alice', 'files');
    // One for the first token of that resource, and one as it was refused.
    expect(server.requests).toHaveLength(8);
  });

  it('does not keep a user from the refresh that is due in any case', async () => {
    const { signedIn, call } = await started();
    await signedIn('alice');
    for (let at = 0; at < 20; at++) await call('alice');
    clock.advance({ minutes: 59, seconds: 59 });
    api.respond = () => ({ body: {} });
    expect(await call('alice')).toBe(200);
    expect(server.requests).toHaveLength(6);
  });

  it('is counted for all replicas together', async () => {
    const store = new AtomicStore(clock);
    const replicas = await Promise.all(
      Array.from({ length: 4 }, () => started({ userTokenStore: new KeyvUserTokenStore(store) })),
    );
    await replicas[0]?.signedIn('alice');
    for (let at = 0; at < 20; at++) {
      for (const { call } of replicas) expect(await call('alice')).toBe(401);
    }
    expect(server.requests).toHaveLength(5);
    clock.advance({ seconds: 5 });
    for (const { call } of replicas) await call('alice');
    expect(server.requests).toHaveLength(6);
  });

  it('is bounded over all users, and one whose token is refused for the first time is served soon', async () => {
    const { signedIn, call, logs } = await started();
    const users = crowd(100);
    await signedIn(...users, 'honest');
    for (let round = 0; round < 3; round++) for (const user of users) await call(user);
    expect(server.requests).toHaveLength(70);
    clock.advance({ seconds: 1 });
    for (const user of users.slice(0, 50)) await call(user);
    // Those who were refused before, five a second.
    expect(server.requests).toHaveLength(75);
    await call('honest');
    expect(server.requests).toHaveLength(76);
    expect(logs.ours.filter((line) => line.includes('token_rejected_again'))).toHaveLength(1);
  });

  it('is bounded for one user, whatever is asked for', async () => {
    const clients = Object.fromEntries(
      crowd(20).map((name) => [
        name,
        { baseURL: api.origin, token: 'user' as const, resource: `urn:${name}` },
      ]),
    );
    const { signedIn, call } = await started({ clients });
    await signedIn('alice');
    for (let round = 0; round < 5; round++) {
      for (const name of Object.keys(clients)) await call('alice', name);
    }
    // One for each resource, and fifteen because of refusals.
    expect(server.requests).toHaveLength(35);
  });

  it('causes no more exchanges than that, for one user and for all', async () => {
    const front = await startApp({
      imports: [
        JwtAuthModule.forRoot({ issuer: issuer.issuer, audience: 'https://api.example.com' }),
        TokenClientModule.forRoot({
          tokenEndpoint: `${server.origin}/token`,
          clientId: 'api',
          clientSecret: 'api-secret',
          clock,
          clients: { next: { baseURL: api.origin, token: 'exchange' } },
        }),
      ],
      controllers: [FrontController],
    });
    app = front;
    const callAs = async (user: string, times: number) => {
      const { accessToken } = await signIn(issuer, { user, scope: 'openid api1' });
      for (let at = 0; at < times; at++) {
        expect((await front.get('/call', accessToken)).body).toEqual({ status: 401 });
      }
    };
    await callAs('alice', 30);
    expect(server.requests).toHaveLength(6);
    // Each with another token of the same user, which has to be exchanged in any case.
    for (let token = 0; token < 4; token++) await callAs('alice', 10);
    expect(server.requests).toHaveLength(5 + 15);
    await callAs('bob', 10);
    expect(server.requests).toHaveLength(5 + 15 + 6);
  });
});
