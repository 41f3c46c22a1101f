import { Controller, Get, type INestApplication, Param, Post } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import cookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import type { AxiosInstance } from 'axios';
import expressSession, { MemoryStore } from 'express-session';
import { EventEmitter } from 'node:events';
import {
  getTokenClientToken,
  JwtAuthModule,
  MemoryUserTokenStore,
  NoUserError,
  OptionalAuth,
  runAs,
  TokenClientModule,
  UserTokenService,
  type TokenClientModuleOptions,
  type TokenClientOptions,
} from 'nestjs-access-tokens';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { platforms, startApp, type Platform, type RunningApp } from '../../support/app.js';
import { RecordingServer } from '../../support/recording-server.js';
import { rejection } from '../../support/secrets.js';

const AUDIENCE = 'https://api.example.com';
const emitter = new EventEmitter();

@Controller()
@OptionalAuth()
class FrontController {
  constructor(
    private readonly modules: ModuleRef,
    private readonly users: UserTokenService,
  ) {}

  @Get('call/:client')
  async call(@Param('client') client: string) {
    try {
      const token = getTokenClientToken(client);
      await this.modules.get<AxiosInstance>(token, { strict: false }).get('/');
      return { sent: true };
    } catch (error) {
      return told(error);
    }
  }

  @Get('who')
  who() {
    return { user: this.users.currentUser()?.subject ?? 'nobody' };
  }

  @Post('link/:token')
  async link(@Param('token') accessToken: string) {
    try {
      const { subject } = await this.users.store({ accessToken, expiresInSeconds: 300 });
      return { subject };
    } catch (error) {
      return told(error);
    }
  }

  @Get('nested')
  async nested() {
    const seen: (string | undefined)[] = [];
    const look = () => void seen.push(this.users.currentUser()?.subject ?? 'nobody');
    emitter.once('something', look);
    await runAs({ key: 'bob', subject: 'bob' }, async () => {
      look();
      emitter.emit('something');
      await runAs({ key: 'carol', subject: 'carol' }, async () => look());
      await new Promise(setImmediate);
      look();
    });
    look();
    return seen;
  }
}

function told(error: unknown) {
  const { code, message } = error as NoUserError;
  return { code, message };
}

/** Whom these speak for cannot be told: clients can be named like users, and servers say so in their own ways. */
const unsure: [string, Record<string, unknown>][] = [
  ['has the name of a client, and says how that client came', { amr: ['private_key_jwt'] }],
  ['has the name of a client, and a session', { sid: '1' }],
  ['has the name of a client, and the time of a login', { auth_time: 1 }],
];

const UNSURE =
  'the access token of the request is neither surely that of a user nor surely that of a client, so it acts for nobody. Say whom the tokens of its issuer speak for: set subjectKind of JwtAuthModule.';
const kinds = ['user', 'exchange', 'forward'] as const;

describe.each(platforms)('whom a call is made for, with %s', (platform) => {
  let api: RecordingServer;
  let server: AuthorizationServer;
  let running: RunningApp[];
  let sessions: MemoryStore;

  beforeAll(async () => {
    api = await RecordingServer.start();
    server = await AuthorizationServer.start();
  });

  beforeEach(() => {
    api.requests.length = 0;
    server.clear();
    running = [];
    sessions = new MemoryStore();
  });

  afterEach(() => Promise.all(running.map((app) => app.close())));

  afterAll(() => Promise.all([api.stop(), server.stop()]));

  const clients = (more: Partial<TokenClientOptions> = {}) => ({
    user: { baseURL: api.origin, token: 'user' as const, ...more },
    exchange: {
      baseURL: api.origin,
      token: 'exchange' as const,
      resource: 'https://orders.example.com',
      ...more,
    },
    forward: { baseURL: api.origin, token: 'forward' as const, audience: AUDIENCE, ...more },
  });

  async function start(
    more: Partial<TokenClientOptions> = {},
    options: Partial<TokenClientModuleOptions> = {},
  ) {
    const app = await startApp({
      platform,
      imports: [
        JwtAuthModule.forRoot({ issuer: server.issuer, audience: AUDIENCE }),
        TokenClientModule.forRoot({
          issuer: server.issuer,
          clientId: 'api',
          clientSecret: 'api-secret',
          userTokenStore: new MemoryUserTokenStore(),
          clients: clients(more),
          ...options,
        }),
      ],
      controllers: [FrontController],
      configure: (one) => addSessions(one, platform, sessions),
    });
    running.push(app);
    return app;
  }

  const user = (sub = 'alice') => server.sign({ sub, client_id: 'web' });
  const post = (app: RunningApp, path: string, headers: Record<string, string>) =>
    fetch(app.url + path, { method: 'POST', headers });

  describe.each(unsure)('where the token %s', (_what, claims) => {
    it.each(kinds)(
      "is nobody, with token: '%s' and whatever withoutUser says; nothing is sent",
      async (kind) => {
        for (const withoutUser of ['error', 'client'] as const) {
          const app = await start({ withoutUser });
          const linked = await post(app, '/link/token-of-alice', {
            authorization: `Bearer ${await user()}`,
          });
          expect(await linked.json()).toEqual({ subject: 'alice' });
          const token = await server.sign({ sub: 'alice', client_id: 'alice', ...claims });
          expect((await app.get('/who', token)).body).toEqual({ user: 'nobody' });
          expect((await app.get(`/call/${kind}`, token)).body).toEqual({
            code: 'no_user',
            message: `Client '${kind}' sends the token of the current user: ${UNSURE} (see: errors#no_user)`,
          });
        }
        expect(api.requests).toHaveLength(0);
        expect(server.requests.token).toBe(0);
      },
    );

    it('keeps no tokens, for alice or for whoever is in the session', async () => {
      const app = await start();
      const signIn = await post(app, '/link/token-of-session', {});
      const jar = signIn.headers.get('set-cookie')?.split(';')[0] ?? '';
      const token = await server.sign({ sub: 'alice', client_id: 'alice', ...claims });
      const planted = await post(app, '/link/planted', {
        cookie: jar,
        authorization: `Bearer ${token}`,
      });
      expect(await planted.json()).toMatchObject({
        code: 'no_user',
        message: expect.stringContaining(UNSURE) as string,
      });
      await app.get('/call/user', undefined, { cookie: jar });
      await app.get('/call/user', await user());
      expect(api.authorizations).toEqual(['Bearer token-of-session']);
    });
  });

  describe('where the token is surely that of a client', () => {
    it('is nobody: the application steps in where it was told to', async () => {
      const token = await server.sign({ sub: 'alice', client_id: 'alice' });
      const careful = await start();
      expect((await careful.get('/call/user', token)).body).toEqual({
        code: 'no_user',
        message:
          "Client 'user' sends the token of the current user: the access token of the request is that of a client, and of no user. Where a call may do without a user, set withoutUser to 'client'. (see: errors#no_user)",
      });
      expect(api.requests).toHaveLength(0);
      const stepping = await start({ withoutUser: 'client' });
      expect((await stepping.get('/call/user', token)).body).toEqual({ sent: true });
      expect(server.tokenExchanges.map(({ parameters }) => parameters['grant_type'])).toEqual([
        'client_credentials',
      ]);
    });

    it('is passed on as what it is', async () => {
      const token = await server.sign({ sub: 'robot', client_id: 'robot' });
      const app = await start({ withoutUser: 'client' });
      expect((await app.get('/call/forward', token)).body).toEqual({ sent: true });
      expect(api.authorizations).toEqual([`Bearer ${token}`]);
      await app.get('/call/exchange', token);
      expect(server.tokenExchanges.map(({ parameters }) => parameters['subject_token'])).toEqual([
        token,
      ]);
    });
  });

  describe('where there is a user, and no token came with the work', () => {
    it.each(['exchange', 'forward'] as const)(
      "the application does not step in, with token: '%s'",
      async (kind) => {
        const app = await start({ withoutUser: 'client' });
        const client = app.app.get<AxiosInstance>(getTokenClientToken(kind), { strict: false });
        const done = kind === 'exchange' ? 'exchanged' : 'forwarded';
        const refused = {
          code: 'no_user',
          message: `Client '${kind}' sends the token of the current user: there is a user, but no access token came with the work that could be ${done}. Outside of requests, give runAs the token itself, as TokenVerifier.verify() returns it. Where the tokens of the user are kept, as after a sign-in, set token to 'user'. (see: errors#no_user)`,
        };
        expect(await rejection(runAs('alice', () => client.get('/')))).toMatchObject(refused);
        const signIn = await post(app, '/link/token-of-session', {});
        const jar = signIn.headers.get('set-cookie')?.split(';')[0] ?? '';
        expect((await app.get(`/call/${kind}`, undefined, { cookie: jar })).body).toEqual(refused);
        expect(api.requests).toHaveLength(0);
        expect(server.requests.token).toBe(0);
        // Nobody at all is another matter.
        expect((await app.get(`/call/${kind}`)).body).toEqual({ sent: true });
        expect(server.tokenExchanges.map(({ parameters }) => parameters['grant_type'])).toEqual([
          'client_credentials',
        ]);
      },
    );

    it('the application does not step in for a user whose tokens are not kept', async () => {
      const app = await start({ withoutUser: 'client' });
      expect((await app.get('/call/user', await user())).body).toMatchObject({
        code: 'reauthentication_required',
      });
      expect(server.requests.token).toBe(0);
    });
  });

  it('is nobody without a user, and the error says how to get one', async () => {
    const app = await start();
    const message = async (kind: string) => (await app.get(`/call/${kind}`)).body;
    expect(await message('user')).toEqual({
      code: 'no_user',
      message:
        "Client 'user' sends the token of the current user: no user is signed in, and no access token of a user came with the request. Outside of requests, use runAs; where a call may do without a user, set withoutUser to 'client'. (see: errors#no_user)",
    });
    expect(await message('exchange')).toEqual({
      code: 'no_user',
      message:
        "Client 'exchange' sends the token of the current user: no verified access token came with the request that could be exchanged. Protect the route with JwtAuthModule. Outside of requests, give runAs the token itself, as TokenVerifier.verify() returns it. Where a call may do without a user, set withoutUser to 'client'. (see: errors#no_user)",
    });
  });

  it('is whom the innermost runAs names, in emitters too, and nobody else afterwards', async () => {
    const app = await start();
    const { body } = await app.get('/nested', await user());
    expect(body).toEqual(['bob', 'bob', 'carol', 'bob', 'alice']);
  });
});

async function addSessions(app: INestApplication, platform: Platform, store: MemoryStore) {
  const secret = 'a secret of at least thirty-two characters';
  if (platform === 'express') {
    app.use(expressSession({ secret, store, resave: false, saveUninitialized: false }));
    return;
  }
  const fastify = app as NestFastifyApplication;
  await fastify.register(cookie);
  await fastify.register(fastifySession, {
    secret,
    store: store as never,
    cookie: { secure: false },
    saveUninitialized: false,
  });
}
