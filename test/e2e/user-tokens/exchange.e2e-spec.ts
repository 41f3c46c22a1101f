import { Controller, Get, Inject } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import {
  getTokenClientToken,
  JwtAuthModule,
  OptionalAuth,
  TokenClientModule,
  UserTokenService,
  type TokenClientModuleOptions,
  type TokenClientOptions,
} from 'nestjs-access-tokens';
import { startApp, type RunningApp } from '../../support/app.js';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { TestClock } from '../../support/clock.js';
import { answering, json } from '../../support/hostile-answers.js';
import { RecordingServer } from '../../support/recording-server.js';
import { signIn } from '../../support/sign-in.js';

const SECRET = 'password=hunter2hunter2';
const failing = (thrown: unknown) => () => {
  throw thrown;
};

@Controller()
@OptionalAuth()
class FrontController {
  constructor(
    @Inject(getTokenClientToken('next')) private readonly next: AxiosInstance,
    private readonly users: UserTokenService,
  ) {}

  @Get('call')
  async call() {
    try {
      return (await this.next.get('/ledger')).data as object;
    } catch (error) {
      const { name, message } = error as Error;
      return { name, message };
    }
  }

  @Get('ends')
  async ends() {
    return { at: (await this.users.getToken('next')).expiresAt };
  }
}

/** An API that calls the next one in the name of whoever called it. */
describe('a call from API to API', () => {
  let server: AuthorizationServer;
  let next: RecordingServer;
  let clock: TestClock;
  let app: RunningApp;
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    server = await AuthorizationServer.start();
    next = await RecordingServer.start();
    for (const user of ['alice', 'bob']) {
      tokens[user] = (await signIn(server, { user, scope: 'openid api1' })).accessToken;
    }
  });

  beforeEach(() => {
    clock = new TestClock();
    next.requests.length = 0;
    server.clear();
  });

  afterEach(() => app.close());

  afterAll(() => Promise.all([server.stop(), next.stop()]));

  async function start(
    client: Partial<TokenClientOptions>,
    more: Partial<TokenClientModuleOptions> = {},
  ) {
    app = await startApp({
      imports: [
        JwtAuthModule.forRoot({ issuer: server.issuer, audience: 'https://api.example.com' }),
        TokenClientModule.forRoot({
          issuer: server.issuer,
          clientId: 'api',
          clientSecret: 'api-secret',
          clock,
          clients: { next: { baseURL: next.origin, ...client } },
          ...more,
        }),
      ],
      controllers: [FrontController],
    });
  }

  const exchange: Partial<TokenClientOptions> = {
    token: 'exchange',
    resource: 'https://orders.example.com',
    scope: 'orders.read',
  };

  const callAs = async (user?: string) => (await app.get('/call', user && tokens[user])).body;
  const claims = () =>
    next.authorizations.map(
      (header) =>
        JSON.parse(Buffer.from(header?.split('.')[1] ?? '', 'base64url').toString()) as Record<
          string,
          unknown
        >,
    );

  it('is made with a token for the next API, in the name of the user', async () => {
    await start(exchange);
    expect(await callAs('alice')).toEqual({});
    expect(claims()).toEqual([
      expect.objectContaining({
        sub: 'alice',
        aud: 'https://orders.example.com',
        scope: 'orders.read',
        client_id: 'api',
      }),
    ]);
    expect(server.tokenExchanges[0]?.parameters).toMatchObject({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: tokens['alice'],
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    });
  });

  it('asks once for one incoming token, and shares nothing between users', async () => {
    await start(exchange);
    const users = Array.from({ length: 40 }, (_, at) => (at % 2 ? 'alice' : 'bob'));
    await Promise.all(users.map(callAs));
    await callAs('alice');
    expect(server.requests.token).toBe(2);
    const subjects = claims().map(({ sub }) => sub);
    expect(subjects.filter((sub) => sub === 'alice')).toHaveLength(21);
    expect(subjects.filter((sub) => sub === 'bob')).toHaveLength(20);
  });

  it('asks again for a new token of the same user', async () => {
    await start(exchange);
    await callAs('alice');
    tokens['again'] = (await signIn(server, { user: 'alice', scope: 'openid api1' })).accessToken;
    server.clear();
    await callAs('again');
    expect(server.requests.token).toBe(1);
  });

  it('uses no token longer than the one that it was got for', async () => {
    await start(exchange);
    const now = Math.floor(Date.now() / 1000);
    server.intercept = answering({
      token: json({
        access_token: 'longer',
        token_type: 'Bearer',
        expires_in: 3600,
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      }),
    });
    const short = await server.sign({ sub: 'alice', client_id: 'web', exp: now + 100 });
    const { body } = await app.get('/ends', short);
    expect(body).toEqual({ at: new Date((now + 100) * 1000).toISOString() });
  });

  it('is not made without a user, or with a token that is not good', async () => {
    await start(exchange);
    expect(await callAs()).toMatchObject({ name: 'NoUserError' });
    const forged = `${tokens['alice']?.slice(0, -4)}AAAA`;
    expect((await app.get('/call', forged)).status).toBe(401);
    expect(server.requests.token).toBe(0);
    expect(next.requests).toHaveLength(0);
  });

  it('may be made in the name of the application where there is no user', async () => {
    await start({ ...exchange, withoutUser: 'client' });
    await callAs();
    expect(claims()).toEqual([expect.objectContaining({ client_id: 'api' })]);
    expect(server.tokenExchanges[0]?.parameters).toMatchObject({
      grant_type: 'client_credentials',
    });
  });

  it('may have an actor', async () => {
    await start({ ...exchange, exchange: { actorToken: () => server.sign({ sub: 'robot' }) } });
    await callAs('alice');
    expect(server.tokenExchanges[0]?.parameters).toMatchObject({
      actor_token: expect.any(String) as string,
      actor_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    });
  });

  it.each<[string, () => unknown, string]>([
    ['never comes', () => new Promise(() => {}), 'gave no answer within 50 ms.'],
    ['is none', () => undefined, 'gave no token.'],
    ['is empty', () => Promise.resolve(''), 'gave no token.'],
    ['is no text', () => ({ accessToken: 'at' }), 'gave no token.'],
    ['fails', failing(new TypeError(SECRET)), 'threw TypeError.'],
    ['fails late', () => Promise.reject(new Error(SECRET)), 'threw Error.'],
    [
      'cannot be reached',
      failing(Object.assign(new Error(SECRET), { code: 'ECONNREFUSED' })),
      'threw Error (ECONNREFUSED).',
    ],
    ['fails without an error', failing(SECRET), 'threw something.'],
  ])('is not made without its actor, where the token of that %s', async (_how, give, fault) => {
    const actorToken = give as () => Promise<string>;
    await start({ ...exchange, exchange: { actorToken } }, { backchannel: { timeoutMs: 50 } });
    expect(await callAs('alice')).toEqual({
      name: 'InvalidTokenOptionsError',
      message: `Client 'next' cannot ask for a token like this:\n  - exchange.actorToken: ${fault}\n(see: errors#invalid_token_options)`,
    });
    expect(server.tokenExchanges).toEqual([]);
    expect(next.requests).toEqual([]);
  });

  it('speaks the language of Entra on demand', async () => {
    await start({
      ...exchange,
      resource: undefined,
      scope: 'https://orders.example.com/.default',
      exchange: { form: 'on-behalf-of' },
    });
    await callAs('alice');
    const { parameters } = server.tokenExchanges[0] ?? {};
    expect(parameters).toMatchObject({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: tokens['alice'],
      requested_token_use: 'on_behalf_of',
      scope: 'https://orders.example.com/.default',
    });
    expect(parameters).not.toHaveProperty('subject_token');
  });

  it('tells what the authorization server refuses, and shows no token', async () => {
    await start({ ...exchange, scope: 'orders.admin' });
    const body = await callAs('alice');
    expect(body).toMatchObject({ name: 'TokenRequestError' });
    expect(JSON.stringify(body)).not.toContain(tokens['alice']);
    expect(next.requests).toHaveLength(0);
  });

  describe('with the incoming token itself', () => {
    it('is made where the token is meant for that API', async () => {
      await start({ token: 'forward', audience: 'https://api.example.com' });
      await callAs('alice');
      expect(next.authorizations).toEqual([`Bearer ${tokens['alice']}`]);
      expect(server.requests.token).toBe(0);
    });

    it('is not made where it is meant for another', async () => {
      await start({ token: 'forward', audience: 'https://orders.example.com' });
      expect(await callAs('alice')).toMatchObject({
        name: 'NoUserError',
        message: expect.stringContaining(
          'the access token of the request is not meant for https://orders.example.com',
        ) as string,
      });
      expect(next.requests).toHaveLength(0);
    });
  });
});
