import { randomBytes } from 'node:crypto';
import { Controller, Get, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import session, { MemoryStore } from 'express-session';
import {
  KeyvUserTokenStore,
  runAs,
  SessionUserTokenStore,
  TokenClientModule,
  UserTokenService,
  type KeyvLike,
  type TokenClientModuleOptions,
  type TokenLock,
} from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { placeOf } from '../../support/place-of.js';
import { RecordingServer } from '../../support/recording-server.js';
import { rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

/** A database that several processes share: it holds text. */
class Database implements KeyvLike {
  readonly rows = new Map<string, string>();

  async get(key: string): Promise<unknown> {
    return JSON.parse(this.rows.get(key) ?? 'null');
  }

  async set(key: string, value: unknown): Promise<boolean> {
    this.rows.set(key, JSON.stringify(value));
    return true;
  }

  async delete(key: string): Promise<boolean> {
    return this.rows.delete(key);
  }

  get text(): string {
    return [...this.rows].flat().join('\n');
  }
}

const newKey = () => randomBytes(32).toString('base64');
const [oldKey, newestKey] = [newKey(), newKey()];
const alice = { key: 'alice', issuer: 'https://id.example.com', subject: 'alice-subject' };
const signIn = { accessToken: 'at-0', refreshToken: 'rt-0', expiresInSeconds: 300 };

describe('tokens of users in a database that processes share', () => {
  let server: RecordingServer;
  let clock: TestClock;
  let database: Database;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    clock = new TestClock();
    database = new Database();
    server.requests.length = 0;
    let good = 0;
    server.respond = ({ body }) => {
      if (new URLSearchParams(body).get('refresh_token') !== `rt-${good}`) {
        return { status: 400, body: { error: 'invalid_grant' } };
      }
      const [access_token, refresh_token] = [`at-${++good}`, `rt-${good}`];
      return { body: { access_token, token_type: 'Bearer', expires_in: 300, refresh_token } };
    };
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  const options = (encryptionKeys: TokenClientModuleOptions['encryptionKeys']) => ({
    tokenEndpoint: `${server.origin}/token`,
    clientId: 'web',
    clientSecret: 'web-secret',
    clock,
    encryptionKeys,
    backchannel: { retries: 0 },
  });

  /** A process with a store of its own over the same database. */
  async function started(...encryptionKeys: string[]) {
    const { app, logs } = await TokenClients.start({
      ...options(encryptionKeys),
      userTokenStore: new KeyvUserTokenStore(database),
      clients: { api: { baseURL: 'https://api.example.com', token: 'user' } },
    });
    const users = app.get(UserTokenService);
    const get = () => runAs(alice, async () => (await users.getToken('api')).accessToken);
    return { users, get, logs };
  }

  it('are encrypted there, and good for every process with the key', async () => {
    const [one, two] = [await started(oldKey), await started(oldKey)];
    await one.users.store(signIn, alice);
    expect(await two.get()).toBe('at-0');
    clock.advance({ minutes: 6 });
    expect(await two.get()).toBe('at-1');
    expect(await one.get()).toBe('at-1');
    clock.advance({ minutes: 6 });
    expect(await one.get()).toBe('at-2');
    expect(server.requests).toHaveLength(2);
    expect(database.rows.size).toBe(1);
    expect(database.text).not.toMatch(/[ar]t-\d|alice-subject|id\.example/);
    await two.users.clear(alice);
    expect(await rejection(one.get())).toMatchObject({ code: 'reauthentication_required' });
    expect([...one.logs.ours, ...two.logs.ours].filter((line) => line.startsWith('warn'))).toEqual(
      [],
    );
  });

  it('stay readable with a new key in front, and move over to it', async () => {
    const before = await started(oldKey);
    await before.users.store(signIn, alice);
    const during = await started(newestKey, oldKey);
    expect(await during.get()).toBe('at-0');
    clock.advance({ minutes: 6 });
    expect(await during.get()).toBe('at-1');
    expect(await (await started(newestKey)).get()).toBe('at-1');
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'encrypted with a key that is gone',
      async () => (await started(oldKey)).users.store(signIn, alice),
    ],
    [
      'there from before there were keys',
      async () => {
        const { app } = await TokenClients.start({
          ...options('none'),
          userTokenStore: new KeyvUserTokenStore(database),
        });
        await app.get(UserTokenService).store(signIn, alice);
        expect(database.text).toContain('rt-0');
      },
    ],
    [
      'those of another user',
      async () => {
        const bob = { ...alice, key: 'bob' };
        await (await started(newestKey)).users.store(signIn, bob);
        const [row = ''] = database.rows.values();
        const place = placeOf('alice', `${server.origin}/token`);
        database.rows.set(`nestjs-access-tokens:user:${place}`, row);
      },
    ],
  ])('count as none where they are %s; a sign-in helps', async (_case, prepare) => {
    await prepare();
    const { users, get, logs } = await started(newestKey);
    expect(await users.session(alice)).toBeUndefined();
    expect(await rejection(get())).toMatchObject({ code: 'reauthentication_required' });
    expect(server.requests).toHaveLength(0);
    await users.store(signIn, alice);
    expect(await get()).toBe('at-0');
    const warnings = logs.ours.filter((line) => line.includes('user_tokens_unreadable'));
    expect(warnings).toHaveLength(1);
  });

  it('are written under the lock of the module', async () => {
    const taken: [string, number][] = [];
    let releases = 0;
    const tokenLock: TokenLock = {
      acquire: async (key, ttlMs) => {
        taken.push([key, ttlMs]);
        return { release: async () => void releases++ };
      },
    };
    const { app } = await TokenClients.start({
      ...options([oldKey]),
      userTokenStore: new KeyvUserTokenStore(database),
      tokenLock,
    });
    const users = app.get(UserTokenService);
    await users.store(signIn, alice);
    await users.clear(alice);
    const [first, second] = taken;
    expect(taken).toHaveLength(2);
    expect(first?.[1]).toBe(2000);
    expect(second).toEqual(first);
    expect(first?.[0]).not.toContain('alice');
    expect(releases).toBe(2);
  });

  it('are encrypted beside the sessions as well, in a store that is found with the first request', async () => {
    @Controller()
    class UserController {
      constructor(private readonly users: UserTokenService) {}

      @Post('enter/:user')
      async enter(@Param('user') user: string) {
        await this.users.store({ ...signIn, accessToken: `token-of-${user}` });
      }

      @Get('token')
      async token() {
        return (await this.users.getToken()).accessToken;
      }
    }
    @Module({
      imports: [
        TokenClientModule.forRoot({
          ...options([oldKey]),
          userTokenStore: new SessionUserTokenStore(),
        }),
      ],
      controllers: [UserController],
    })
    class AppModule {}

    const app = await NestFactory.create(AppModule, { logger: false });
    const store = new MemoryStore();
    app.use(session({ secret: 's', store, resave: false, saveUninitialized: false }));
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const { headers } = await fetch(`${url}/enter/alice`, { method: 'POST' });
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
    const answer = await fetch(`${url}/token`, { headers: { cookie } });
    expect(await answer.text()).toBe('token-of-alice');
    const all = await new Promise((resolve) => {
      store.all((_error, sessions) => resolve(sessions));
    });
    expect(Object.keys(all ?? {})).toHaveLength(2);
    expect(JSON.stringify(all)).toContain('v1.');
    expect(JSON.stringify(all)).not.toMatch(/token-of|rt-0/);
    await app.close();
  });
});
