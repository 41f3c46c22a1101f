import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import {
  ClientTokenService,
  TokenClientHealthIndicator,
  type TokenClientHealthOptions,
  TokenClientModule,
  type TokenClientModuleOptions,
  type TokenProvider,
} from 'nestjs-access-tokens';
import { type RunningApp, startApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';

const secret = 'gateway-secret-3aa0';

/** What a request for `/health` looks at. */
let looked: TokenClientHealthOptions | undefined;

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly tokens: TokenClientHealthIndicator,
  ) {}

  @Get()
  check() {
    return this.health.check([() => this.tokens.check('tokens', looked)]);
  }
}

@Module({ imports: [TerminusModule.forRoot({ logger: false })], controllers: [HealthController] })
class HealthModule {}

describe('TokenClientHealthIndicator', () => {
  let server: RecordingServer;
  let clock: TestClock;
  let running: RunningApp;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    clock = new TestClock();
    looked = undefined;
    server.requests.length = 0;
    server.respond = tokenEndpoint({ expires_in: 3600, access_token: 'secret-token' });
  });

  afterEach(() => running.close());

  afterAll(() => server.stop());

  async function start(more: Partial<TokenClientModuleOptions> = {}) {
    running = await startApp({
      imports: [
        TokenClientModule.forRoot({
          tokenEndpoint: `${server.origin}/token`,
          clientId: 'gateway',
          clientSecret: secret,
          clock,
          backchannel: { retries: 0 },
          clients: {
            orders: { baseURL: 'https://orders.example', scope: 'orders' },
            billing: { baseURL: 'https://billing.example', scope: 'billing' },
          },
          ...more,
        }),
        HealthModule,
      ],
    });
    return running.app.get(ClientTokenService);
  }

  /** The answer of the health endpoint, which holds no secret and tells of nobody. */
  async function health() {
    const { status, body } = await running.get('/health');
    expectNoSecret(body, secret, 'secret-token', 'acme', server.origin);
    return { status, body };
  }

  const down = () => ({ status: 503 });
  const time = (seconds = 0) => new Date(clock.now() + seconds * 1000).toISOString();

  it('is up before the first call, and makes no request', async () => {
    await start();
    const tokens = {
      status: 'up',
      clients: {
        orders: { status: 'up', token: 'not_requested' },
        billing: { status: 'up', token: 'not_requested' },
      },
    };
    expect(await health()).toEqual({
      status: 200,
      body: { status: 'ok', info: { tokens }, error: {}, details: { tokens } },
    });
    expect(server.requests).toEqual([]);
  });

  it('is up while there is a token', async () => {
    const service = await start();
    await service.getToken('orders');
    expect(await health()).toMatchObject({
      status: 200,
      body: {
        info: {
          tokens: { clients: { orders: { status: 'up', token: 'fresh', expiresAt: time(3600) } } },
        },
      },
    });
    clock.advance({ minutes: 120 });
    expect(await health()).toMatchObject({
      status: 200,
      body: { info: { tokens: { clients: { orders: { status: 'up', token: 'none' } } } } },
    });
    expect(server.requests).toHaveLength(1);
  });

  it('is down when the last request failed and there is no token', async () => {
    const service = await start();
    await service.getToken('billing');
    server.respond = () => ({
      status: 401,
      body: { error: 'invalid_client', error_description: secret },
    });
    await rejection(service.getToken('orders'));
    const tokens = {
      status: 'down',
      clients: {
        orders: { status: 'down', token: 'none', error: 'token_request_failed', failedAt: time() },
        billing: { status: 'up', token: 'fresh', expiresAt: time(3600) },
      },
    };
    expect(await health()).toEqual({
      status: 503,
      body: { status: 'error', info: {}, error: { tokens }, details: { tokens } },
    });
    expect(server.requests).toHaveLength(2);
  });

  it('is up while the last request failed, but the token of before can be used', async () => {
    const service = await start();
    await service.getToken('orders');
    clock.advance({ seconds: 3550 });
    server.respond = down;
    await rejection(service.getToken('orders', { force: true }));
    expect(await health()).toMatchObject({
      status: 200,
      body: {
        info: {
          tokens: {
            clients: {
              orders: {
                status: 'up',
                token: 'renewal_due',
                error: 'token_endpoint_unavailable',
                failedAt: time(),
              },
            },
          },
        },
      },
    });
  });

  it('is up again after the next request, or after a minute: an instance without calls would stay down', async () => {
    const service = await start();
    server.respond = down;
    await rejection(service.getToken('orders'));
    expect((await health()).status).toBe(503);
    clock.advance({ ms: 59_999 });
    expect((await health()).status).toBe(503);
    clock.advance({ ms: 1 });
    expect((await health()).status).toBe(200);

    await rejection(service.getToken('orders'));
    expect((await health()).status).toBe(503);
    server.respond = tokenEndpoint();
    await service.getToken('orders');
    expect((await health()).status).toBe(200);
  });

  it('looks at the clients that are named', async () => {
    const service = await start();
    server.respond = down;
    await rejection(service.getToken('orders'));
    looked = { clients: ['billing'] };
    expect(await health()).toMatchObject({
      status: 200,
      body: {
        info: {
          tokens: { status: 'up', clients: { billing: { status: 'up', token: 'not_requested' } } },
        },
      },
    });
    looked = { clients: ['orders'] };
    expect((await health()).status).toBe(503);
  });

  it('fails for a name that is none', async () => {
    await start();
    const indicator = running.app.get(TokenClientHealthIndicator);
    expect(await rejection(indicator.check('tokens', { clients: ['stock'] }))).toMatchObject({
      code: 'unknown_token_client',
    });
  });

  it('really asks for tokens where it is told to, and only where there is none', async () => {
    await start();
    looked = { request: true };
    expect(await health()).toMatchObject({
      status: 200,
      body: {
        info: { tokens: { clients: { orders: { token: 'fresh' }, billing: { token: 'fresh' } } } },
      },
    });
    expect(server.requests).toHaveLength(2);
    await health();
    expect(server.requests).toHaveLength(2);
    clock.advance({ minutes: 120 });
    server.respond = down;
    expect(await health()).toMatchObject({
      status: 503,
      body: {
        error: {
          tokens: {
            clients: {
              orders: { status: 'down', token: 'none', error: 'token_endpoint_unavailable' },
            },
          },
        },
      },
    });
    expect(server.requests).toHaveLength(4);
  });

  it('is down when calls fail because of scopes that are missing', async () => {
    server.respond = tokenEndpoint({ scope: 'other' });
    const service = await start({ onNarrowerScope: 'error' });
    await rejection(service.getToken('orders'));
    expect(await health()).toMatchObject({
      status: 503,
      body: {
        error: {
          tokens: {
            clients: { orders: { status: 'down', token: 'fresh', error: 'scope_not_granted' } },
          },
        },
      },
    });
  });

  it('is up while tenants get tokens, and tells the name of none', async () => {
    const service = await start({
      clients: {
        orders: {
          baseURL: 'https://orders.example',
          resolveClient: ({ tenant }) => ({ scope: tenant }),
        },
      },
    });
    const failing = () => rejection(service.getToken('orders', { tenant: 'acme' }));
    server.respond = down;
    await failing();
    expect((await health()).status).toBe(503);
    server.respond = tokenEndpoint();
    await service.getToken('orders', { tenant: 'umbrella' });
    server.respond = down;
    await failing();
    expect(await health()).toMatchObject({
      status: 200,
      body: { info: { tokens: { clients: { orders: { status: 'up', token: 'fresh' } } } } },
    });
    looked = { request: true };
    expect((await health()).status).toBe(200);
  });

  it('asks for no token of a user, and does not call one missing', async () => {
    await start({ clients: { orders: { baseURL: 'https://orders.example', token: 'user' } } });
    looked = { request: true };
    expect(await health()).toMatchObject({
      status: 200,
      body: { info: { tokens: { clients: { orders: { status: 'up', token: 'per_user' } } } } },
    });
    expect(server.requests).toEqual([]);
  });

  it('is down when a provider that is asked throws, and does not tell what', async () => {
    @Injectable()
    class Sidecar implements TokenProvider {
      getToken(): never {
        throw new Error(secret);
      }
    }
    @Module({ providers: [Sidecar], exports: [Sidecar] })
    class SidecarModule {}
    running = await startApp({
      imports: [
        { module: SidecarModule },
        TokenClientModule.forRoot({
          clients: { orders: { baseURL: 'https://orders.example', provider: Sidecar } },
        }),
        HealthModule,
      ],
    });
    looked = { request: true };
    expect(await health()).toMatchObject({
      status: 503,
      body: {
        error: {
          tokens: {
            clients: {
              orders: { status: 'down', token: 'not_requested', error: 'token_provider_failed' },
            },
          },
        },
      },
    });
  });
});
