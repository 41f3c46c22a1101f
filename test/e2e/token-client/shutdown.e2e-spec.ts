import { setTimeout } from 'node:timers/promises';
import type { TokenClientModuleOptions } from 'nestjs-access-tokens';
import { TestClock } from '../../support/clock.js';
import { RecordingServer, tokenEndpoint } from '../../support/recording-server.js';
import { rejection } from '../../support/secrets.js';
import { TokenClients } from '../../support/token-clients.js';
import { until } from '../../support/until.js';

/** Timers and sockets that keep the process alive. */
const resources = () =>
  process.getActiveResourcesInfo().filter((one) => one === 'Timeout' || one.startsWith('TCP'));

describe('the end of an application', () => {
  let server: RecordingServer;
  /** The timers of jest. */
  let before: string[];

  beforeEach(async () => {
    await until(() => resources().every((one) => one === 'Timeout'));
    before = resources();
    server = await RecordingServer.start(tokenEndpoint({ expires_in: 3600 }));
  });

  afterEach(async () => {
    await TokenClients.stopAll();
    await server.stop();
  });

  const start = (more: Partial<TokenClientModuleOptions> = {}) =>
    TokenClients.start({
      tokenEndpoint: `${server.origin}/token`,
      clientId: 'gateway',
      clientSecret: 'gateway-secret',
      clients: { orders: { baseURL: 'https://orders.example' } },
      ...more,
    });

  it('gives up token requests under way, and tells those who wait', async () => {
    server.respond = () => undefined;
    const { app, tokens } = await start();
    const waiting = [1, 2, 3].map(() => rejection(tokens.getToken('orders')));
    await until(() => server.requests.length === 1);
    await app.close();
    for (const error of await Promise.all(waiting)) {
      expect(error).toMatchObject({
        name: 'TokenEndpointUnavailableError',
        client: 'orders',
        reason: `${server.origin}/token: the application ends`,
      });
    }
  });

  it.each<[string, string, (reached: () => void) => Partial<TokenClientModuleOptions>]>([
    ['while the token endpoint hangs', 'error', () => ({})],
    [
      'while a request waits to be repeated',
      'error',
      (reached) => {
        server.respond = () => ({ status: 503 });
        const clock = {
          now: () => Date.now(),
          sleep: (ms: number, signal: AbortSignal) => {
            reached();
            return setTimeout(ms + 60_000, undefined, { signal });
          },
        };
        return { clock };
      },
    ],
    [
      'while the secret is read',
      'error',
      (reached) => ({
        clientSecret: () => {
          reached();
          return new Promise<string>(() => {});
        },
      }),
    ],
    [
      'while a hook hangs',
      'token',
      (reached) => {
        server.respond = tokenEndpoint();
        const tokenRenewed = () => {
          reached();
          return new Promise<void>(() => {});
        };
        return { hooks: { tokenRenewed } };
      },
    ],
  ])('leaves no timer and no socket behind: %s', async (_when, outcome, options) => {
    let there = false;
    const reached = () => void (there = true);
    server.respond = reached;
    const { app, tokens } = await start(options(reached));
    const met: string[] = [];
    tokens.getToken('orders').then(
      () => met.push('token'),
      () => met.push('error'),
    );
    await until(() => there);
    expect(resources()).not.toEqual(before);
    await app.close();
    await until(() => met.length === 1);
    expect(met).toEqual([outcome]);
    await until(() => resources().length === before.length);
    expect(resources()).toEqual(before);
  });

  it('needs nothing to be closed where all went well: no timer renews a token', async () => {
    const { tokens } = await start();
    await tokens.getToken('orders');
    await until(() => resources().length === before.length);
    expect(resources()).toEqual(before);
  });

  it('does not call it a failed renewal', async () => {
    const clock = new TestClock();
    const { app, tokens, logs } = await start({ clock });
    await tokens.getToken('orders');
    clock.advance({ seconds: 3550 });
    server.respond = () => undefined;
    await tokens.getToken('orders');
    await until(() => server.requests.length === 2);
    await app.close();
    await new Promise(setImmediate);
    expect(logs.ours).toEqual([]);
  });
});
