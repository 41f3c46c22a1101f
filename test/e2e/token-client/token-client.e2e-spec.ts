import { EventEmitter, once } from 'node:events';
import { Agent } from 'node:http';
import { HttpService } from '@nestjs/axios';
import { Controller, Get, Inject, Injectable, Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import axios, { type AxiosInstance } from 'axios';
import { decodeJwt } from 'jose';
import {
  ClientTokenService,
  getTokenClientToken,
  getTokenHttpServiceToken,
  InjectTokenClient,
  InjectTokenHttpService,
  IssuedToken,
  TokenClientModule,
  type TokenClientModuleOptions,
} from 'nestjs-access-tokens';
import { firstValueFrom } from 'rxjs';
import { AuthorizationServer } from '../../support/authorization-server.js';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';

describe('TokenClientModule with a real authorization server', () => {
  let server: AuthorizationServer;
  let api: RecordingServer;

  beforeAll(async () => {
    server = await AuthorizationServer.start({
      clients: [
        {
          client_id: 'gateway',
          client_secret: 'gateway-secret',
          scope: 'orders.read orders.write',
        },
        { client_id: 'reporter', client_secret: 'reporter-secret', scope: 'api1 reports.read' },
        {
          client_id: 'poster',
          client_secret: 'posted: 100 % odd/&+',
          scope: 'api1',
          token_endpoint_auth_method: 'client_secret_post',
        },
        { client_id: 'odd:client/+', client_secret: "odd: 100 %/&+!*'()~", scope: 'api1' },
      ],
    });
    api = await RecordingServer.start(({ method, path }) => ({ body: { method, path } }));
  });

  beforeEach(() => {
    server.clear();
    api.requests.length = 0;
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(async () => {
    await server.stop();
    await api.stop();
  });

  const gateway = (more: Partial<TokenClientModuleOptions> = {}): TokenClientModuleOptions => ({
    issuer: server.issuer,
    clientId: 'gateway',
    clientSecret: 'gateway-secret',
    clients: {
      orders: { baseURL: api.origin, token: 'client', scope: 'orders.read orders.write' },
    },
    ...more,
  });

  /** The claims of the tokens that the API was sent, in order. */
  const claims = () =>
    api.authorizations.map((header) => decodeJwt(header?.replace('Bearer ', '') ?? ''));

  it('sends the token of the application with every call, with one client for all HTTP verbs', async () => {
    const orders = (await TokenClients.start(gateway())).axios('orders');

    expect((await orders.get('/orders')).data).toEqual({ method: 'GET', path: '/orders' });
    expect((await orders.post('/orders', { item: 'book' })).data).toEqual({
      method: 'POST',
      path: '/orders',
    });

    expect(api.requests[1]?.body).toBe('{"item":"book"}');
    expect(new Set(api.authorizations).size).toBe(1);
    expect(api.authorizations[0]).toMatch(/^Bearer ey/);
    expect(claims()[0]).toMatchObject({
      iss: server.issuer,
      aud: 'https://orders.example.com',
      client_id: 'gateway',
      scope: 'orders.read orders.write',
    });
    expect(server.requests).toMatchObject({ discovery: 1, token: 1 });
  });

  it('asks for nothing until the first call', async () => {
    await TokenClients.start(gateway());
    expect(server.requests).toMatchObject({ discovery: 0, token: 0 });
  });

  it('makes 1 token request for 10,000 concurrent first calls', async () => {
    const { tokens } = await TokenClients.start(gateway());
    const all = await Promise.all(Array.from({ length: 10_000 }, () => tokens.getToken('orders')));
    expect(new Set(all).size).toBe(1);
    expect(server.requests).toMatchObject({ discovery: 1, token: 1 });
  });

  it('makes 1 token request for 10,000 concurrent first calls when the secret is an async function', async () => {
    let reads = 0;
    const clientSecret = async () => {
      reads += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return 'gateway-secret';
    };
    const { tokens } = await TokenClients.start(gateway({ clientSecret }));
    await Promise.all(Array.from({ length: 10_000 }, () => tokens.getToken('orders')));
    expect(reads).toBe(1);
    expect(server.requests.token).toBe(1);
  });

  it('makes 1 token request for 1,000 concurrent calls through the Axios instance', async () => {
    const httpAgent = new Agent({ keepAlive: true, maxSockets: 20 });
    const clients = { orders: { baseURL: api.origin, httpAgent, scope: 'orders.read' } };
    const orders = (await TokenClients.start(gateway({ clients }))).axios('orders');
    await Promise.all(Array.from({ length: 1_000 }, (_, id) => orders.get(`/orders/${id}`)));
    expect(api.requests).toHaveLength(1_000);
    expect(new Set(api.authorizations).size).toBe(1);
    expect(server.requests.token).toBe(1);
    httpAgent.destroy();
  });

  describe('client authentication', () => {
    it('is client_secret_basic unless told otherwise', async () => {
      await (await TokenClients.start(gateway())).tokens.getToken('orders');
      expect(server.tokenExchanges).toMatchObject([
        { clientId: 'gateway', authentication: 'client_secret_basic', status: 200 },
      ]);
    });

    it('can be client_secret_post', async () => {
      const { tokens } = await TokenClients.start({
        issuer: server.issuer,
        clientId: 'poster',
        clientSecret: 'posted: 100 % odd/&+',
        clientAuthentication: 'client_secret_post',
        clients: { api: { baseURL: api.origin, scope: 'api1' } },
      });
      await tokens.getToken('api');
      expect(server.tokenExchanges).toMatchObject([
        { clientId: 'poster', authentication: 'client_secret_post', status: 200 },
      ]);
    });

    it('encodes unusual client ids and secrets as RFC 6749 wants it', async () => {
      const { tokens } = await TokenClients.start({
        issuer: server.issuer,
        clientId: 'odd:client/+',
        clientSecret: "odd: 100 %/&+!*'()~",
        clients: { api: { baseURL: api.origin, scope: 'api1' } },
      });
      await tokens.getToken('api');
      expect(server.tokenExchanges).toMatchObject([{ clientId: 'odd:client/+', status: 200 }]);
    });
  });

  describe('the secret', () => {
    it('can come from an async function', async () => {
      const { tokens } = await TokenClients.start(
        gateway({ clientSecret: async () => 'gateway-secret' }),
      );
      expect((await tokens.getToken('orders')).tokenType).toBe('Bearer');
    });

    it('is read for every token request and for nothing else, so that a rotation takes effect with the next', async () => {
      const secrets = ['gateway-secret', 'rotated'];
      const { tokens } = await TokenClients.start(
        gateway({ clientSecret: () => secrets.shift() ?? '' }),
      );
      await tokens.getToken('orders');
      await tokens.getToken('orders');
      expect(secrets).toEqual(['rotated']);
      expect(await rejection(tokens.getToken('orders', { force: true }))).toMatchObject({
        code: 'token_request_failed',
        oauthError: 'invalid_client',
      });
    });
  });

  describe('several clients', () => {
    it('share the credentials of all, unless they have their own, and each has its scope', async () => {
      const clients = await TokenClients.start(
        gateway({
          clients: {
            reading: { baseURL: api.origin, scope: 'orders.read' },
            writing: { baseURL: api.origin, scope: ['orders.write'] },
            reports: {
              baseURL: api.origin,
              clientId: 'reporter',
              clientSecret: 'reporter-secret',
              scope: 'reports.read',
            },
          },
        }),
      );
      for (const name of ['reading', 'writing', 'reports']) await clients.axios(name).get('/');
      expect(claims()).toMatchObject([
        { client_id: 'gateway', scope: 'orders.read' },
        { client_id: 'gateway', scope: 'orders.write' },
        { client_id: 'reporter', scope: 'reports.read' },
      ]);
      expect(server.requests).toMatchObject({ discovery: 1, token: 3 });
    });

    it('share one token where all that shapes it is the same, in whatever order', async () => {
      const { tokens } = await TokenClients.start(
        gateway({
          clients: {
            orders: { baseURL: api.origin, scope: 'orders.read orders.write' },
            other: { baseURL: 'https://other.example', scope: ['orders.write', 'orders.read'] },
          },
        }),
      );
      const [one, other] = await Promise.all([tokens.getToken('orders'), tokens.getToken('other')]);
      expect(one).toBe(other);
      expect(server.requests.token).toBe(1);
    });

    it.each<[string, Partial<TokenClientModuleOptions>]>([
      ['scope', { scope: 'orders.read' }],
      ['secret', { clientSecret: () => 'gateway-secret', clientId: 'gateway' }],
      ['resource', { resource: 'https://orders.example.com' }],
      ['audience', { audience: 'orders' }],
      ['parameters', { parameters: { tenant: 'two' } }],
      [
        'token endpoint',
        { tokenEndpoint: 'explicit', clientId: 'gateway', clientSecret: 'gateway-secret' },
      ],
    ])('never share a token where they differ by %s', async (_option, difference) => {
      const scope = 'orders.read orders.write';
      const own =
        'tokenEndpoint' in difference
          ? { ...difference, tokenEndpoint: `${server.issuer}/token` }
          : difference;
      const { tokens } = await TokenClients.start(
        gateway({
          clients: {
            one: { baseURL: api.origin, scope },
            other: { baseURL: api.origin, scope, ...own },
          },
        }),
      );
      const [one, other] = await Promise.all([tokens.getToken('one'), tokens.getToken('other')]);
      expect(one).not.toBe(other);
      expect(one.accessToken).not.toBe(other.accessToken);
      expect(server.requests.token).toBe(2);
    });
  });

  it('sends resource, audience and other parameters to the token endpoint', async () => {
    const endpoint = await RecordingServer.start(tokenEndpoint());
    const { tokens } = await TokenClients.start({
      tokenEndpoint: `${endpoint.origin}/token?tenant=blue`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      scope: ['orders.read', 'orders.write'],
      audience: 'orders',
      parameters: { organization: 'acme' },
      clients: {
        orders: {
          baseURL: api.origin,
          resource: ['https://orders.example.com', 'https://invoices.example.com'],
        },
      },
    });
    await tokens.getToken('orders');
    const [request] = endpoint.requests;
    expect(request?.method).toBe('POST');
    expect(request?.path).toBe('/token?tenant=blue');
    expect(request?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    const parameters = new URLSearchParams(request?.body);
    parameters.sort();
    expect([...parameters]).toEqual([
      ['audience', 'orders'],
      ['grant_type', 'client_credentials'],
      ['organization', 'acme'],
      ['resource', 'https://orders.example.com'],
      ['resource', 'https://invoices.example.com'],
      ['scope', 'orders.read orders.write'],
    ]);
    await endpoint.stop();
  });

  it('takes an explicit token endpoint and does without discovery', async () => {
    const { issuer: _, ...rest } = gateway();
    const { tokens } = await TokenClients.start({
      ...rest,
      tokenEndpoint: `${server.issuer}/token`,
    });
    await tokens.getToken('orders');
    expect(server.requests).toMatchObject({ discovery: 0, token: 1 });
  });

  describe('ClientTokenService', () => {
    it('gives the token, its type, its end and its scopes', async () => {
      const { tokens } = await TokenClients.start(gateway());
      const before = Date.now();
      const token = await tokens.getToken('orders');
      expect(token).toBeInstanceOf(IssuedToken);
      expect(decodeJwt(token.accessToken)).toMatchObject({ client_id: 'gateway' });
      expect(token.tokenType).toBe('Bearer');
      expect([...token.scopes]).toEqual(['orders.read', 'orders.write']);
      expect(token.expiresAt.getTime()).toBeGreaterThanOrEqual(before + 3_600_000);
      expect(token.expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + 3_600_000);
    });

    it('asks anew when forced to, once for all who do so at the same time', async () => {
      const { tokens } = await TokenClients.start(gateway());
      const first = await tokens.getToken('orders');
      const forced = await Promise.all(
        Array.from({ length: 100 }, () => tokens.getToken('orders', { force: true })),
      );
      expect(new Set(forced).size).toBe(1);
      expect(forced[0]).not.toBe(first);
      expect(await tokens.getToken('orders')).toBe(forced[0]);
      expect(server.requests.token).toBe(2);
    });

    it('asks anew after invalidate', async () => {
      const { tokens } = await TokenClients.start(gateway());
      const first = await tokens.getToken('orders');
      await tokens.invalidate('orders');
      expect(await tokens.getToken('orders')).not.toBe(first);
      expect(server.requests.token).toBe(2);
    });

    it('does not keep what a request brings that was under way when the token was invalidated', async () => {
      const { tokens } = await TokenClients.start(gateway());
      const early = tokens.getToken('orders');
      await tokens.invalidate('orders');
      const late = tokens.getToken('orders');
      expect(await early).not.toBe(await late);
      expect(await tokens.getToken('orders')).toBe(await late);
      expect(server.requests.token).toBe(2);
    });

    it('says which clients there are when it is asked for another', async () => {
      const { tokens } = await TokenClients.start(gateway());
      const unknown = {
        name: 'UnknownTokenClientError',
        code: 'unknown_token_client',
        client: 'order',
        knownClients: ['orders'],
        message:
          "There is no client 'order'. TokenClientModule has 'orders'. (see: errors#unknown_token_client)",
      };
      expect(await rejection(tokens.getToken('order'))).toMatchObject(unknown);
      expect(await rejection(tokens.invalidate('order'))).toMatchObject(unknown);
    });

    it('can be replaced, and named clients then send the tokens of the replacement', async () => {
      const token = new IssuedToken({
        accessToken: 'made-in-a-test',
        tokenType: 'Bearer',
        expiresAt: new Date(),
        scopes: [],
      });
      const module = await Test.createTestingModule({
        imports: [TokenClientModule.forRoot(gateway())],
      })
        .overrideProvider(ClientTokenService)
        .useValue({ getToken: async () => token })
        .compile();
      await module.get<AxiosInstance>(getTokenClientToken('orders')).get('/orders');
      expect(api.authorizations).toEqual(['Bearer made-in-a-test']);
      expect(server.requests.token).toBe(0);
      await module.close();
    });
  });

  describe('injection', () => {
    @Injectable()
    class Orders {
      constructor(
        @InjectTokenClient('orders') readonly orders: AxiosInstance,
        @InjectTokenHttpService('orders') readonly http: HttpService,
        readonly tokens: ClientTokenService,
      ) {}
    }

    it('gives the Axios instance, and the same instance as HttpService', async () => {
      @Module({ providers: [Orders] })
      class OrdersModule {}
      @Module({ imports: [TokenClientModule.forRoot(gateway()), OrdersModule] })
      class AppModule {}
      const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
      const { orders, http, tokens } = app.get(Orders);
      expect(http).toBeInstanceOf(HttpService);
      expect(http.axiosRef).toBe(orders);
      const { data } = await firstValueFrom(http.get<unknown>('/orders'));
      expect(data).toEqual({ method: 'GET', path: '/orders' });
      expect(api.authorizations).toEqual([
        `Bearer ${(await tokens.getToken('orders')).accessToken}`,
      ]);
      await app.close();
    });

    it('works with useFactory, by token', async () => {
      const clients = await TokenClients.start([
        TokenClientModule.forRoot(gateway()),
        {
          module: class FactoryModule {},
          providers: [
            {
              provide: 'both',
              useFactory: (instance: AxiosInstance, http: HttpService) => [instance, http.axiosRef],
              inject: [getTokenClientToken('orders'), getTokenHttpServiceToken('orders')],
            },
          ],
        },
      ]);
      const [instance, ref] = clients.app.get<unknown[]>('both', { strict: false });
      expect(instance).toBe(ref);
    });
  });

  describe('forRootAsync', () => {
    const secrets = {
      module: class Vault {},
      providers: [{ provide: 'secret', useValue: 'gateway-secret' }],
      exports: ['secret'],
    };

    it('takes options from a factory with what it injects', async () => {
      const clients = await TokenClients.start([
        TokenClientModule.forRootAsync({
          clients: ['orders'],
          imports: [secrets],
          inject: ['secret'],
          useFactory: async (clientSecret: string) => gateway({ clientSecret }),
        }),
      ]);
      await clients.axios('orders').get('/orders');
      expect(claims()).toMatchObject([{ client_id: 'gateway' }]);
    });

    it('takes options from a class, or from one that is there already', async () => {
      @Injectable()
      class Settings {
        constructor(@Inject('secret') readonly secret: string) {}
        createTokenClientOptions(): TokenClientModuleOptions {
          return gateway({ clientSecret: this.secret });
        }
      }
      const settings: DynamicModule = {
        module: class SettingsModule {},
        imports: [secrets],
        providers: [Settings],
        exports: [Settings],
      };
      const ways = [
        { imports: [secrets], useClass: Settings },
        { imports: [settings], useExisting: Settings },
      ];
      for (const way of ways) {
        const clients = await TokenClients.start([
          TokenClientModule.forRootAsync({ clients: ['orders'], ...way }),
        ]);
        await clients.axios('orders').get('/orders');
      }
      expect(claims()).toMatchObject([{ client_id: 'gateway' }, { client_id: 'gateway' }]);
    });
  });

  describe('forFeature', () => {
    it('adds clients that inherit the shared options', async () => {
      @Injectable()
      class Billing {
        constructor(@InjectTokenClient('billing') readonly billing: AxiosInstance) {}
      }
      const clients = await TokenClients.start([
        TokenClientModule.forRoot(gateway()),
        {
          module: class BillingModule {},
          imports: [
            TokenClientModule.forFeature({
              billing: { baseURL: api.origin, scope: 'orders.read' },
            }),
          ],
          providers: [Billing],
        },
      ]);
      await clients.app.get(Billing, { strict: false }).billing.get('/billing');
      expect(claims()).toMatchObject([{ client_id: 'gateway', scope: 'orders.read' }]);
      expect(await clients.tokens.getToken('billing')).toBeInstanceOf(IssuedToken);
    });

    it('works for an application whose forRoot has no clients', async () => {
      const { clients: _, ...shared } = gateway();
      const clients = await TokenClients.start([
        TokenClientModule.forRootAsync({ useFactory: () => shared }),
        TokenClientModule.forFeature({ billing: { baseURL: api.origin, scope: 'orders.read' } }),
      ]);
      await clients.axios('billing').get('/');
      expect(api.requests).toHaveLength(1);
    });

    it('is for the module that imports it, and can be imported by several', async () => {
      const feature = TokenClientModule.forFeature({ billing: { baseURL: api.origin } });
      const importing = (): DynamicModule => ({ module: class {}, imports: [feature] });
      const clients = await TokenClients.start([
        TokenClientModule.forRoot(gateway()),
        importing(),
        importing(),
      ]);
      expect(clients.axios('billing')).toBeDefined();
    });
  });

  describe('in an application', () => {
    it('keeps two applications in one process apart', async () => {
      const one = await TokenClients.start(gateway());
      const other = await TokenClients.start(gateway());
      const [first, second] = [
        await one.tokens.getToken('orders'),
        await other.tokens.getToken('orders'),
      ];
      expect(first).not.toBe(second);
      await one.app.close();
      expect(await other.tokens.getToken('orders')).toBe(second);
      expect(server.requests.token).toBe(2);
    });

    it('gives tokens to requests that are still served while the application shuts down', async () => {
      const events = new EventEmitter();
      const closing = once(events, 'closing');
      const arrived = once(events, 'arrived');
      @Controller()
      class Slow {
        constructor(@InjectTokenClient('orders') private readonly orders: AxiosInstance) {}
        @Get()
        async get() {
          events.emit('arrived');
          await closing;
          return (await this.orders.get<object>('/orders')).data;
        }
      }
      @Injectable()
      class Shutdown {
        onModuleDestroy() {
          events.emit('closing');
        }
      }
      @Module({
        imports: [TokenClientModule.forRoot(gateway())],
        controllers: [Slow],
        providers: [Shutdown],
      })
      class AppModule {}
      const app = await NestFactory.create(AppModule, { logger: false });
      await app.listen(0, '127.0.0.1');
      // A connection kept alive would hold the shutdown up.
      const answer = axios.get(await app.getUrl(), { httpAgent: new Agent({ keepAlive: false }) });
      await arrived;
      await app.close();
      expect((await answer).data).toEqual({ method: 'GET', path: '/orders' });
    });
  });
});
