import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  TokenClientModuleOptions,
  TokenHooks,
  TokenRenewedEvent,
  TokenRequestFailedEvent,
} from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { expectNoSecret, rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';
import { until } from '../../support/until.js';

const secret = 'gateway-secret-51ab';

describe('hooks', () => {
  let server: RecordingServer;
  let clock: TestClock;

  beforeAll(async () => {
    server = await RecordingServer.start();
  });

  beforeEach(() => {
    clock = new TestClock();
    server.requests.length = 0;
    server.respond = tokenEndpoint({ expires_in: 3600, scope: 'orders.read' });
  });

  afterEach(() => TokenClients.stopAll());

  afterAll(() => server.stop());

  const start = (hooks: TokenHooks, more: Partial<TokenClientModuleOptions> = {}) =>
    TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'gateway',
      clientSecret: secret,
      clock,
      backchannel: { retries: 0 },
      clients: { orders: { baseURL: 'https://orders.example' } },
      hooks,
      ...more,
    });

  it('are told of the first token and of each that takes its place, and of nothing else', async () => {
    const events: TokenRenewedEvent[] = [];
    const { tokens } = await start({ tokenRenewed: (event) => void events.push(event) });
    const first = await tokens.getToken('orders');
    await tokens.getToken('orders');
    clock.advance({ minutes: 60 });
    const second = await tokens.getToken('orders');
    expect(events).toEqual([
      {
        client: 'orders',
        expiresAt: first.expiresAt,
        scopes: new Set(['orders.read']),
        extra: {},
        first: true,
      },
      {
        client: 'orders',
        expiresAt: second.expiresAt,
        scopes: new Set(['orders.read']),
        extra: {},
        first: false,
      },
    ]);
    expectNoSecret(events, secret, 'token-1', 'token-2');
  });

  it('are told of a request that failed, and until when there is a token all the same', async () => {
    const events: TokenRequestFailedEvent[] = [];
    const { tokens } = await start({ tokenRequestFailed: (event) => void events.push(event) });
    const { expiresAt } = await tokens.getToken('orders');
    server.respond = () => ({ status: 503 });
    clock.advance({ seconds: 3595 });
    await tokens.getToken('orders');
    clock.advance({ seconds: 5 });
    const error = await rejection(tokens.getToken('orders'));
    expect(events).toEqual([
      {
        client: 'orders',
        error: expect.objectContaining({ status: 503 }) as Error,
        usableUntil: expiresAt,
      },
      {
        client: 'orders',
        error: expect.objectContaining({ status: 503 }) as Error,
        usableUntil: undefined,
      },
    ]);
    expect(error).toMatchObject({ code: 'token_endpoint_unavailable' });
    expectNoSecret(events, secret, 'token-1');
  });

  it('are told once of what many callers wait for', async () => {
    const told: string[] = [];
    const { tokens } = await start({
      tokenRenewed: ({ client }) => void told.push(`renewed ${client}`),
      tokenRequestFailed: ({ client }) => void told.push(`failed ${client}`),
    });
    await Promise.all(Array.from({ length: 100 }, () => tokens.getToken('orders')));
    server.respond = () => ({ status: 503 });
    const errors = Array.from({ length: 100 }, () =>
      rejection(tokens.getToken('orders', { force: true })),
    );
    await Promise.all(errors);
    expect(told).toEqual(['renewed orders', 'failed orders']);
  });

  it('are awaited before those who wait for the token go on', async () => {
    const order: string[] = [];
    let release = () => {};
    const { tokens } = await start({
      tokenRenewed: async () => {
        order.push('hook begins');
        await new Promise<void>((resolve) => (release = resolve));
        order.push('hook ends');
      },
    });
    const waiting = [1, 2].map(async () => {
      await tokens.getToken('orders');
      order.push('caller');
    });
    await until(() => order.length === 1);
    release();
    await Promise.all(waiting);
    expect(order).toEqual(['hook begins', 'hook ends', 'caller', 'caller']);
  });

  it('are awaited before those who wait for the failure go on', async () => {
    const order: string[] = [];
    server.respond = () => ({ status: 503 });
    const { tokens } = await start({
      tokenRequestFailed: async () => {
        await new Promise(setImmediate);
        order.push('hook');
      },
    });
    await rejection(tokens.getToken('orders'));
    order.push('caller');
    expect(order).toEqual(['hook', 'caller']);
  });

  it('are given ten seconds, and then callers go on without them', async () => {
    let called = false;
    const { tokens, logs } = await start({
      tokenRenewed: () => {
        called = true;
        return new Promise(() => {});
      },
    });
    // The timers of this process, not those of the HTTP client, which has its own.
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date', 'performance'],
    });
    try {
      let done = false;
      const waiting = tokens.getToken('orders').finally(() => (done = true));
      await until(() => called);
      jest.advanceTimersByTime(9_999);
      await new Promise(setImmediate);
      expect(done).toBe(false);
      jest.advanceTimersByTime(1);
      expect((await waiting).accessToken).toBe('token-1');
    } finally {
      jest.useRealTimers();
    }
    expect(logs.ours).toEqual([
      "warn [TokenClientModule] hook_failed: Client 'orders': hooks.tokenRenewed gave no answer within 10000 ms. The token is not affected.",
    ]);
  });

  it.each<[string, () => never | Promise<never>]>([
    [
      'throws',
      () => {
        throw new RangeError(`about ${secret}`);
      },
    ],
    ['rejects', () => Promise.reject(new RangeError(`about ${secret}`))],
  ])(
    'change nothing when one %s: the name of the error is logged, and not what it says',
    async (_how, hook) => {
      const { tokens, logs } = await start({ tokenRenewed: hook, tokenRequestFailed: hook });
      expect((await tokens.getToken('orders')).accessToken).toBe('token-1');
      server.respond = () => ({ status: 503 });
      expect(await rejection(tokens.getToken('orders', { force: true }))).toMatchObject({
        code: 'token_endpoint_unavailable',
      });
      expect(logs.ours.filter((line) => line.includes('hook_failed'))).toEqual([
        "warn [TokenClientModule] hook_failed: Client 'orders': hooks.tokenRenewed threw RangeError. The token is not affected.",
        "warn [TokenClientModule] hook_failed: Client 'orders': hooks.tokenRequestFailed threw RangeError. The token is not affected.",
      ]);
      expectNoSecret(logs.ours, secret);
    },
  );

  it('are logged again when one that worked meanwhile fails', async () => {
    let calls = 0;
    const { tokens, logs } = await start({
      tokenRenewed: () => {
        if (++calls !== 3) throw new Error('odd');
      },
    });
    for (let call = 0; call < 5; call++) await tokens.getToken('orders', { force: true });
    expect(logs.ours).toHaveLength(2);
  });

  it('do not see the AsyncLocalStorage of the caller who came first', async () => {
    const users = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { tokens } = await start({
      tokenRenewed: () => void seen.push(users.getStore()),
      tokenRequestFailed: () => void seen.push(users.getStore()),
    });
    await users.run('alice', () => tokens.getToken('orders'));
    server.respond = () => ({ status: 503 });
    await users.run('alice', () => rejection(tokens.getToken('orders', { force: true })));
    expect(seen).toEqual([undefined, undefined]);
  });

  it('keep their this', async () => {
    class Watcher implements TokenHooks {
      readonly seen: string[] = [];

      tokenRenewed({ client }: TokenRenewedEvent): void {
        this.seen.push(client);
      }
    }
    const watcher = new Watcher();
    const { tokens } = await start(watcher);
    await tokens.getToken('orders');
    expect(watcher.seen).toEqual(['orders']);
  });

  it('are not told of what an application gives up as it ends', async () => {
    const told: unknown[] = [];
    server.respond = () => undefined; // never answers
    const { app, tokens, logs } = await start({
      tokenRequestFailed: (event) => void told.push(event),
    });
    const waiting = rejection(tokens.getToken('orders'));
    await until(() => server.requests.length === 1);
    await app.close();
    expect(await waiting).toMatchObject({ code: 'token_endpoint_unavailable' });
    expect(told).toEqual([]);
    expect(logs.ours).toEqual([]);
  });
});
