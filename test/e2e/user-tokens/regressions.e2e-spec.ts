import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';
import { connect, type Socket } from 'node:net';
import { Controller, Get, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import session, { MemoryStore, Store, type SessionData } from 'express-session';
import { Keyv } from 'keyv';
import {
  KeyvUserTokenStore,
  MemoryUserTokenStore,
  runAs,
  TokenClientModule,
  UserTokenService,
  type UserTokenRecord,
  type UserTokenStore,
} from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { placeOf } from '../../support/place-of.js';
import { RecordingServer, type Responder } from '../../support/recording-server.js';
import { rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';
import { until } from '../../support/until.js';

/** A rotating token endpoint that takes each refresh token once. */
function rotating(): Responder & { refreshes: number } {
  let good = 'rt-0';
  const respond = Object.assign(
    ({ body }: { body: string }) => {
      if (new URLSearchParams(body).get('refresh_token') !== good) {
        return { status: 400, body: { error: 'invalid_grant' } };
      }
      good = `rt-${++respond.refreshes}`;
      const access_token = `at-${respond.refreshes}`;
      return { body: { access_token, token_type: 'Bearer', expires_in: 300, refresh_token: good } };
    },
    { refreshes: 0 },
  );
  return respond;
}

/** A store whose writes wait at a gate, after they looked whether they may write: as those do that cannot do both at once. */
class GatedStore implements UserTokenStore {
  readonly records = new Map<string, UserTokenRecord>();
  readonly waiting: (() => void)[] = [];
  gated = false;

  async get(user: string) {
    return this.records.get(user);
  }

  async set(user: string, record: UserTokenRecord, expected: string | undefined) {
    if (this.records.get(user)?.version !== expected) return false;
    if (this.gated) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.records.set(user, record);
    return true;
  }

  async delete(user: string) {
    this.records.delete(user);
  }
}

describe('tokens of users, regressions', () => {
  let server: RecordingServer;
  let clock: TestClock;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    clock = new TestClock();
    server.requests.length = 0;
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  async function started(userTokenStore: UserTokenStore, timeoutMs = 10_000) {
    const clients = await TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'web',
      clientSecret: 'web-secret',
      clock,
      userTokenStore,
      backchannel: { retries: 0, timeoutMs },
      encryptionKeys: 'none',
      clients: { api: { baseURL: 'https://api.example.com', token: 'user' } },
    });
    const users = clients.app.get(UserTokenService);
    const getAs = (user: string) =>
      runAs(user, async () => (await users.getToken('api')).accessToken);
    return { users, getAs };
  }

  const signIn = { accessToken: 'at-0', refreshToken: 'rt-0', expiresInSeconds: 300 };

  it('two processes that refresh at the same moment lose nothing, though one is refused', async () => {
    const store = new MemoryUserTokenStore();
    const [one, two] = [await started(store), await started(store)];
    await one.users.store(signIn, 'alice');
    clock.advance({ minutes: 6 });
    const respond = rotating();
    let release = () => {};
    server.respond = async (request, response) => {
      const answer = await respond(request, response);
      // The first has been served, but does not hear of it yet.
      if (respond.refreshes === 1 && server.requests.length === 1) {
        await new Promise<void>((resolve) => (release = resolve));
      }
      return answer;
    };
    const first = one.getAs('alice');
    await until(() => respond.refreshes === 1);
    const second = rejection(two.getAs('alice'));
    await until(() => server.requests.length === 2);
    await second;
    release();
    expect(await first).toBe('at-1');
    expect(await two.getAs('alice')).toBe('at-1');
    clock.advance({ minutes: 6 });
    expect(await two.getAs('alice')).toBe('at-2');
  });

  it.each([
    ['noted as being spent', 0, 'no tokens are stored for the user'],
    ['written', 1, 'the user has signed out'],
  ])(
    'a sign-out while a refresh token is being %s stays a sign-out, in a store that cannot tell',
    async (_when, writesBefore, reason) => {
      const store = new GatedStore();
      const { users, getAs } = await started(store);
      server.respond = rotating();
      await users.store(signIn, 'alice');
      clock.advance({ minutes: 6 });
      store.gated = true;
      const call = rejection(getAs('alice'));
      for (let write = 0; write < writesBefore; write++) {
        await until(() => store.waiting.length === 1);
        store.waiting.pop()?.();
      }
      await until(() => store.waiting.length === 1);
      await users.clear('alice');
      store.gated = false;
      store.waiting[0]?.();
      expect(await call).toMatchObject({ code: 'reauthentication_required', reason });
      expect(store.records.size).toBe(0);
      expect(await rejection(getAs('alice'))).toMatchObject({ code: 'reauthentication_required' });
    },
  );

  it('a store that hangs once holds nobody up for ever', async () => {
    const store = new MemoryUserTokenStore();
    const { users, getAs } = await started(store, 1_000);
    server.respond = rotating();
    await users.store(signIn, 'alice');
    clock.advance({ minutes: 6 });
    const set = store.set.bind(store);
    store.set = () => new Promise(() => {});
    expect(await rejection(getAs('alice'))).toMatchObject({
      code: 'user_token_store_failed',
      reason: 'it gave no answer within 1000 ms',
    });
    store.set = set;
    expect(await getAs('alice')).toBe('at-1');
    const get = store.get.bind(store);
    store.get = () => new Promise(() => {});
    expect(await rejection(users.session('alice'))).toMatchObject({
      code: 'user_token_store_failed',
    });
    store.get = get;
    await users.store({ ...signIn, accessToken: 'at-new' }, 'alice');
    expect(await getAs('alice')).toBe('at-new');
  });

  it('a backend of Keyv that fails is not a user who is gone', async () => {
    const backend = new Map<string, unknown>();
    let failing = false;
    const adapter = Object.assign(new EventEmitter(), {
      opts: {},
      get: async (key: string) => {
        if (failing) throw new Error('redis is away');
        return backend.get(key);
      },
      set: async (key: string, value: unknown) => void backend.set(key, value),
      delete: async (key: string) => backend.delete(key),
      clear: async () => backend.clear(),
    });
    const keyv = new Keyv({ store: adapter as never });
    keyv.on('error', () => undefined);
    const { users, getAs } = await started(new KeyvUserTokenStore(keyv));
    server.respond = rotating();
    await users.store(signIn, 'alice');
    failing = true;
    expect(await rejection(getAs('alice'))).toMatchObject({ code: 'user_token_store_failed' });
    expect(await rejection(users.session('alice'))).toMatchObject({
      code: 'user_token_store_failed',
    });
    failing = false;
    expect(await getAs('alice')).toBe('at-0');
  });

  it('tokens are revoked also where the store does not forget them', async () => {
    const store = new MemoryUserTokenStore();
    store.delete = () => Promise.reject(new Error('down'));
    const { users } = await started(store);
    await users.store(signIn, 'alice');
    server.respond = () => ({ body: {} });
    expect(await rejection(users.revoke({ user: 'alice' }))).toMatchObject({
      code: 'user_token_store_failed',
      operation: 'delete',
    });
  });

  it('records with null in place of nothing, or without a real ID token, harm nobody', async () => {
    const store = new GatedStore();
    const { users, getAs } = await started(store);
    await users.store({ accessToken: 'at-0', expiresInSeconds: 300 }, 'alice');
    const alice = placeOf('alice', `${server.origin}/token`);
    const record = store.records.get(alice);
    expect(record).toBeDefined();
    const nothing = { refreshToken: null, idToken: null, issuer: null, subject: null };
    store.records.set(alice, { ...record, ...nothing } as never);
    expect(await users.session('alice')).toMatchObject({ claims: {}, renewable: false });
    clock.advance({ minutes: 6 });
    expect(await rejection(getAs('alice'))).toMatchObject({ code: 'reauthentication_required' });
    store.records.set(alice, { ...record, idToken: 'no JWT' } as never);
    expect(await users.session('alice')).toMatchObject({ claims: {} });
    store.records.set(alice, 'garbage' as never);
    expect(await users.session('alice')).toBeUndefined();
  });

  it('an ID token about somebody else is not kept', async () => {
    const { users } = await started(new MemoryUserTokenStore());
    const idToken = ['{}', '{"iss":"https://id","sub":"bob"}', 'x']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
    const alice = { key: 'a', issuer: 'https://id', subject: 'alice' };
    expect(await rejection(users.store({ ...signIn, idToken }, alice))).toBeInstanceOf(TypeError);
    expect(await users.session('a')).toBeUndefined();
  });

  it('a session store that answers in the context of another request mixes up nobody', async () => {
    const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const { port } = echo.address() as { port: number };

    /** As older drivers are: one connection, opened by whoever comes first, and a queue of callbacks. */
    class QueueStore extends Store {
      private readonly sessions = new MemoryStore();
      private readonly queue: (() => void)[] = [];
      private socket: Socket | undefined;

      get(id: string, done: (error: unknown, session?: SessionData | null) => void): void {
        this.later(() => this.sessions.get(id, done));
      }

      set(id: string, data: SessionData, done?: () => void): void {
        this.later(() => this.sessions.set(id, data, done));
      }

      destroy(id: string, done?: () => void): void {
        this.later(() => this.sessions.destroy(id, done));
      }

      end(): void {
        this.socket?.destroy();
      }

      private later(work: () => void): void {
        this.queue.push(work);
        this.socket ??= connect(port, '127.0.0.1').on('data', (data) => {
          for (const _ of data.toString()) this.queue.shift()?.();
        });
        this.socket.write('x');
      }
    }

    @Controller()
    class WhoController {
      constructor(private readonly users: UserTokenService) {}

      @Post('enter/:user')
      async enter(@Param('user') user: string) {
        await this.users.store({ accessToken: `token-of-${user}`, expiresInSeconds: 300 });
      }

      @Get('token')
      async token() {
        return (await this.users.getToken()).accessToken;
      }
    }
    @Module({
      imports: [
        TokenClientModule.forRoot({
          tokenEndpoint: `${server.origin}/token`,
          clientId: 'web',
          clientSecret: 'web-secret',
          userTokenStore: new MemoryUserTokenStore(),
        }),
      ],
      controllers: [WhoController],
    })
    class AppModule {}

    const app = await NestFactory.create(AppModule, { logger: false });
    const store = new QueueStore();
    app.use(session({ secret: 's', store, resave: false, saveUninitialized: false }));
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const cookies = new Map<string, string>();
    for (const user of ['alice', 'bob', 'carol']) {
      const { headers } = await fetch(`${url}/enter/${user}`, { method: 'POST' });
      cookies.set(user, headers.get('set-cookie')?.split(';')[0] ?? '');
    }
    const calls = ['alice', 'bob', 'carol', 'bob', 'alice', 'carol'].map(async (user) => {
      const answer = await fetch(`${url}/token`, { headers: { cookie: cookies.get(user) ?? '' } });
      return [user, await answer.text()];
    });
    for (const [user, token] of await Promise.all(calls)) expect(token).toBe(`token-of-${user}`);
    await app.close();
    store.end();
    echo.close();
  });
});
