import { Redis } from 'ioredis';
import { answersPing } from './support/answers-ping.js';
import { RedisServer } from './support/redis-server.js';
import { SlowProxy } from './support/slow-proxy.js';

const NO_QUEUE = { lazyConnect: true, enableOfflineQueue: false, retryStrategy: null } as const;

describe('A redis-server for tests', () => {
  let server: RedisServer;
  let proxy: SlowProxy;
  const clients: Redis[] = [];

  beforeEach(async () => {
    server = await RedisServer.start();
    proxy = await SlowProxy.start(server.port);
  });
  afterEach(async () => {
    // One that is at its end already would set a timer.
    for (const client of clients.splice(0)) if (client.status !== 'end') client.disconnect();
    await proxy.stop();
    await server.stop();
  });

  async function connected(
    { port }: { port: number },
    options: { commandTimeout?: number } = {},
  ): Promise<Redis> {
    const client = new Redis(port, { ...NO_QUEUE, ...options });
    client.on('error', () => undefined);
    clients.push(client);
    await client.connect();
    return client;
  }

  test.each(['stop', 'kill'] as const)('%s() ends it, and it starts again, empty', async (end) => {
    const client = await connected(server);
    await client.set('key', 'value');
    await server[end]();
    expect(server.pid).toBeUndefined();
    expect(await answersPing(server.port)).toBe(false);
    await server.startAgain();
    expect(await (await connected(server)).get('key')).toBeNull();
  });

  test('paused, it answers when it is resumed; paused, it can be stopped', async () => {
    const client = await connected(server);
    const impatient = await connected(server, { commandTimeout: 50 });
    server.pause();
    const answer = client.ping();
    await expect(impatient.ping()).rejects.toThrow('Command timed out');
    server.resume();
    expect(await answer).toBe('PONG');
    server.pause();
    await server.stop();
    expect(await answersPing(server.port)).toBe(false);
  });

  test('the port of another is refused loudly; arguments reach it', async () => {
    await expect(RedisServer.start({ port: server.port })).rejects.toThrow(
      /Address already in use/,
    );
    const small = await RedisServer.start({ args: ['--maxmemory', '10mb'] });
    const client = await connected(small);
    expect(await client.config('GET', 'maxmemory')).toEqual(['maxmemory', '10485760']);
    await small.stop();
  });

  test('the proxy passes everything on, later when it is told so, and in order', async () => {
    const client = await connected(proxy);
    expect(await client.set('key', 'value')).toBe('OK');
    proxy.delayMs = 50;
    const late = client.get('key');
    const direct = await connected(server);
    expect(await Promise.race([late, direct.ping()])).toBe('PONG');
    proxy.delayMs = 0;
    const order: string[] = [];
    await Promise.all([
      late.then(() => order.push('first')),
      client.ping().then(() => order.push('second')),
    ]);
    expect(order).toEqual(['first', 'second']);
  });

  test('the proxy refuses connections until it accepts them again', async () => {
    const client = await connected(proxy);
    await proxy.refuseConnections();
    await expect(client.ping()).rejects.toThrow('');
    await expect(connected(proxy)).rejects.toThrow('');
    await proxy.acceptConnections();
    expect(await (await connected(proxy)).ping()).toBe('PONG');
  });
});
