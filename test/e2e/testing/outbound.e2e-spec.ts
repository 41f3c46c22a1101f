import { Controller, Get, Module, type ModuleMetadata } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import type { AxiosInstance } from 'axios';
import {
  getTokenClientToken,
  InjectTokenClient,
  JwtAuthModule,
  MemoryUserTokenStore,
  runAs,
  TokenClientModule,
  type TokenClientModuleOptions,
  TokenEndpointUnavailableError,
  TokenRequestError,
  UserTokenService,
} from 'nestjs-access-tokens';
import { testTokens, type TestTokens } from 'nestjs-access-tokens/testing';
import request from 'supertest';
import { everyFormOf } from '../../support/every-form.js';
import { MemoryLogger } from '../../support/memory-logger.js';
import { RecordingServer } from '../../support/recording-server.js';

const issuer = 'https://id.example.com/realms/shop';
const options: TokenClientModuleOptions = {
  issuer,
  clientId: 'orders',
  clientSecret: undefined,
  clients: {
    billing: { baseURL: 'https://billing.example.com/v1', scope: 'billing.read billing.write' },
    ledger: { baseURL: 'https://ledger.example.com', token: 'exchange', audience: 'ledger' },
    mail: { baseURL: 'https://mail.example.com', token: 'user' },
    files: { allowedOrigins: ['https://files.example.com'], dpop: true },
  },
};

const logger = new MemoryLogger();
let close: (() => Promise<void>) | undefined;

afterEach(async () => {
  await close?.();
  close = undefined;
});

async function start(tokens: TestTokens, imports: ModuleMetadata['imports']) {
  const builder = Test.createTestingModule({ imports: imports ?? [] });
  const module = await tokens.install(builder).setLogger(logger).compile();
  await module.init();
  close = () => module.close();
  return {
    module,
    client: (name: string) =>
      module.get<AxiosInstance>(getTokenClientToken(name), { strict: false }),
  };
}

describe('a named client', () => {
  it('gets a token and an answer without a network', async () => {
    const tokens = testTokens();
    tokens.api('billing').reply('POST', '/invoices/:id', { number: 'INV-1' }, { status: 201 });
    const { client } = await start(tokens, [TokenClientModule.forRoot(options)]);
    const { status, data } = await client('billing').post<unknown>(
      '/invoices/7?dry=true',
      { order: '4711' },
      { params: { lines: 2 }, headers: { 'X-Trace': 'one' } },
    );
    expect([status, data]).toEqual([201, { number: 'INV-1' }]);
    expect(tokens.requests('billing')).toEqual([
      {
        grantType: 'client_credentials',
        scopes: ['billing.read', 'billing.write'],
        parameters: {},
      },
    ]);
    const [call] = tokens.api('billing').calls;
    expect(call).toMatchObject({
      method: 'POST',
      path: '/invoices/7',
      query: { dry: 'true', lines: '2' },
      headers: { 'x-trace': 'one', 'content-type': 'application/json' },
      body: { order: '4711' },
      token: { client: 'billing', scopes: ['billing.read', 'billing.write'] },
    });
    const shown = JSON.stringify([tokens.api('billing').calls, tokens.requests('billing')]);
    expect(shown).not.toMatch(/bearer|test-access-token|secret/i);
  });

  it('needs no Redis, whatever the application shares its tokens by', async () => {
    const tokens = testTokens();
    tokens.api('billing').reply('GET', '/', 'yes');
    const redis = { redis: 'redis://redis.invalid:6379', redisKeyPrefix: 'orders:' };
    const shared = {
      ...options,
      ...redis,
      encryptionKeys: [Buffer.alloc(32, 'key').toString('base64')],
    };
    const { client } = await start(tokens, [TokenClientModule.forRoot(shared)]);
    const { status, data } = await client('billing').get<unknown>('/');
    expect([status, data]).toEqual([200, 'yes']);
    expect(tokens.requests('billing')).toHaveLength(1);
  });

  it('keeps the life of its token', async () => {
    const tokens = testTokens();
    tokens.client('billing').answers({ expiresInSeconds: 600, scope: 'billing.read' });
    tokens.api('billing').reply('GET', '/', []);
    const { client } = await start(tokens, [TokenClientModule.forRoot(options)]);
    const call = () => client('billing').get('/');
    await Promise.all([call(), call(), call()]);
    expect(tokens.requests('billing')).toHaveLength(1);
    expect(tokens.api('billing').calls.map(({ token }) => token?.scopes)).toEqual(
      Array.from({ length: 3 }, () => ['billing.read']),
    );
    tokens.clock.advance({ minutes: 11 });
    await call();
    expect(tokens.requests('billing')).toHaveLength(2);
  });

  it('hears of refusals, and of being asked too often', async () => {
    const tokens = testTokens();
    tokens.api('billing').reply('GET', '/', []);
    tokens.client('billing').failsWith('invalid_client', { description: 'who?' });
    const { client } = await start(tokens, [TokenClientModule.forRoot(options)]);
    const call = () => client('billing').get('/');
    await expect(call()).rejects.toThrow(TokenRequestError);
    await expect(call()).rejects.toMatchObject({
      oauthError: 'invalid_client',
      oauthErrorDescription: 'who?',
      status: 401,
    });
    expect(tokens.requests('billing')).toHaveLength(1);
    tokens.clock.advance({ seconds: 31 });
    tokens.client('billing').throttles({ times: 2 });
    const before = tokens.clock.now();
    await call();
    expect(tokens.requests('billing')).toHaveLength(4);
    expect(tokens.clock.now() - before).toBeGreaterThanOrEqual(2_000);
    tokens.client('billing').unavailable();
    tokens.clock.advance({ hours: 1 });
    await expect(call()).rejects.toThrow(TokenEndpointUnavailableError);
    tokens.client('billing').answers();
    tokens.clock.advance({ minutes: 1 });
    await call();
  });

  it('asks again after a 401, once', async () => {
    const tokens = testTokens();
    tokens
      .api('billing')
      .reply('GET', /^\/invoices/, ({ path }: { path: string }) => ({ path }))
      .reply('GET', '/invoices', {}, { status: 401, times: 1 });
    const { client } = await start(tokens, [TokenClientModule.forRoot(options)]);
    expect((await client('billing').get<unknown>('/invoices')).data).toEqual({ path: '/invoices' });
    expect(tokens.requests('billing')).toHaveLength(2);
    tokens.api('billing').reply('GET', '/invoices', 'gone', { status: 410 });
    await expect(client('billing').get('/invoices')).rejects.toMatchObject({
      isAxiosError: true,
      response: { status: 410, data: 'gone' },
    });
  });

  it('has its token bound where it asks for that', async () => {
    const tokens = testTokens();
    tokens.api('files').reply('GET', 'https://files.example.com/a', 'text');
    const { client } = await start(tokens, [TokenClientModule.forRoot(options)]);
    const { data } = await client('files').get<unknown>('https://files.example.com/a');
    expect(data).toBe('text');
    expect(tokens.api('files').calls).toMatchObject([
      { path: 'https://files.example.com/a', token: { client: 'files' } },
    ]);
  });

  it('is told what nobody answers, and which clients there are', async () => {
    const tokens = testTokens();
    const { client } = await start(tokens, [TokenClientModule.forRoot(options)]);
    await expect(client('billing').delete('/invoices/7')).rejects.toThrow(
      "Nothing answers DELETE /invoices/7 of the client 'billing'. Say what does: tokens.api('billing').reply('DELETE', '/invoices/7', { … })",
    );
    expect(() => tokens.client('biling')).toThrow(
      "There is no client 'biling'. TokenClientModule has 'billing', 'ledger', 'mail', 'files'.",
    );
    expect(() => tokens.requests('biling')).toThrow("There is no client 'biling'.");
  });

  it('fails without a word of secrets and tokens, and the kit shows none', async () => {
    const tokens = testTokens();
    tokens.api('billing').reply('GET', '/', 'gone', { status: 410 });
    const { client } = await start(tokens, [TokenClientModule.forRoot(options)]);
    const failed = (path: string) =>
      client('billing')
        .get(path)
        .catch((error: unknown) => error);
    const errors = [await failed('/'), await failed('/nowhere')];
    tokens.client('billing').failsWith('invalid_client');
    tokens.clock.advance({ hours: 1 });
    errors.push(await failed('/'));
    expect(errors.map((error) => Object(error).name)).toEqual([
      'AxiosError',
      'TestKitError',
      'TokenRequestError',
    ]);
    const shown = everyFormOf([errors, logger.lines, tokens]);
    expect(shown).not.toMatch(/test-access-token|only this test knows|PRIVATE KEY/);
  });

  it('can be let through to a server of the test', async () => {
    const server = await RecordingServer.start(() => ({ body: { real: true } }));
    const tokens = testTokens();
    tokens.api('local').passThrough();
    const clients = { local: { baseURL: server.origin } };
    const { client } = await start(tokens, [TokenClientModule.forRoot({ ...options, clients })]);
    expect((await client('local').get<unknown>('/')).data).toEqual({ real: true });
    expect(server.authorizations).toEqual([expect.stringMatching(/^Bearer test-access-token-/)]);
    await server.stop();
  });
});

describe('clients of every registration', () => {
  it('forRootAsync with ConfigModule, forFeature, tokenEndpoint and tenants', async () => {
    const tokens = testTokens();
    tokens.api('one').reply('GET', '/', {});
    tokens.api('two').reply('GET', '/', {});
    const config = ConfigModule.forRoot({
      ignoreEnvFile: true,
      load: [
        () => ({
          clients: {
            tokenEndpoint: 'https://login.example.com/oauth/token',
            clientId: 'shop',
            clientSecret: '',
            clients: { one: { baseURL: 'https://one.test', resource: 'https://one.test' } },
          },
        }),
      ],
    });
    const root = TokenClientModule.forRootAsync({
      imports: [ConfigModule],
      inject: [ConfigService],
      clients: ['one'],
      useFactory: (values: ConfigService) => values.getOrThrow<TokenClientModuleOptions>('clients'),
    });
    const feature = TokenClientModule.forFeature({
      two: {
        baseURL: 'https://two.test',
        resolveClient: ({ tenant }) => ({
          issuer: `https://${tenant}.login.test/`,
          clientId: 'shop',
          clientSecret: 'a secret',
        }),
      },
    });
    const { client } = await start(tokens, [config, root, feature]);
    await client('one').get('/');
    await client('two').get('/', { token: { tenant: 'acme' } });
    expect(tokens.requests('one')).toMatchObject([
      { parameters: { resource: 'https://one.test' } },
    ]);
    expect(tokens.requests('two')).toHaveLength(1);
    expect(tokens.api('two').calls).toMatchObject([{ token: { client: 'two' } }]);
  });
});

@Controller()
class LedgerController {
  constructor(@InjectTokenClient('ledger') private readonly ledger: AxiosInstance) {}

  @Get('entries')
  async entries() {
    return (await this.ledger.get<unknown>('/entries')).data;
  }
}

describe('calls in the name of somebody', () => {
  it('carry a token that was exchanged for that of the request, or of a job', async () => {
    @Module({
      imports: [
        JwtAuthModule.forRoot({ issuer, audience: 'urn:orders' }),
        TokenClientModule.forRoot(options),
      ],
      controllers: [LedgerController],
    })
    class AppModule {}

    const tokens = testTokens();
    tokens.api('ledger').reply('GET', '/entries', ['one']);
    const builder = tokens.install(Test.createTestingModule({ imports: [AppModule] }));
    const app = await (await builder.compile()).createNestApplication().init();
    close = () => app.close();
    const alice = { subject: 'alice' };
    await request(app.getHttpServer())
      .get('/entries')
      .set(tokens.bearer(alice))
      .expect(200, ['one']);
    expect(tokens.requests('ledger')).toEqual([
      {
        grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
        scopes: [],
        parameters: {
          audience: 'ledger',
          subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        },
      },
    ]);
    const ledger = app.get<AxiosInstance>(getTokenClientToken('ledger'));
    const { data } = await tokens.runAs({ subject: 'bob' }, () => ledger.get<unknown>('/entries'));
    expect(data).toEqual(['one']);
    expect(tokens.requests('ledger')).toHaveLength(2);
    await expect(ledger.get('/entries')).rejects.toThrow();
  });

  it('spend each refresh token once', async () => {
    const tokens = testTokens();
    tokens.api('mail').reply('GET', '/', []);
    const userTokenStore = new MemoryUserTokenStore();
    const { module, client } = await start(tokens, [
      TokenClientModule.forRoot({ ...options, userTokenStore }),
    ]);
    const users = module.get(UserTokenService);
    await users.store(
      { accessToken: 'of-the-test', refreshToken: 'first', expiresInSeconds: 10 },
      'alice',
    );
    const call = () => runAs('alice', () => client('mail').get('/'));
    tokens.clock.advance({ minutes: 1 });
    await Promise.all([call(), call()]);
    tokens.clock.advance({ minutes: 10 });
    await call();
    const kinds = tokens.requests('mail').map(({ grantType }) => grantType);
    expect(kinds).toEqual(['refresh_token', 'refresh_token']);
  });
});
