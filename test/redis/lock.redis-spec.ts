import { Redis } from 'ioredis';
import { RedisTokenLock, type TokenLease } from 'nestjs-access-tokens';
import { createClient } from 'redis';
import { CLIENTS, type TestClient } from './support/clients.js';
import { eventually } from './support/eventually.js';
import { RedisServer } from './support/redis-server.js';
import { SlowProxy } from './support/slow-proxy.js';

/** So late that nobody waits for it. */
const LOST_MS = 5_000;

describe.each(CLIENTS)('A lock in Redis, over %s', (name, connect) => {
  let server: RedisServer;
  let observer: ReturnType<typeof createClient>;
  const clients: TestClient[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    observer = createClient({ url: server.url });
    observer.on('error', () => undefined);
    await observer.connect();
  });
  beforeEach(() => observer.flushAll());
  afterEach(() => {
    for (const { close } of clients.splice(0)) close();
  });
  afterAll(async () => {
    observer.destroy();
    await server.stop();
  });

  async function lock(options?: { keyPrefix?: string }): Promise<RedisTokenLock> {
    const connected = await connect(server.url);
    clients.push(connected);
    return new RedisTokenLock(connected.client, options);
  }

  test('of 100 takers over two connections, one gets it; after its release, one again', async () => {
    const locks = [await lock(), await lock()];
    const takeAll = async () => {
      const taking = locks.flatMap((one) =>
        Array.from({ length: 50 }, () => one.acquire('key', 60_000)),
      );
      return (await Promise.all(taking)).filter((lease) => lease !== undefined);
    };
    const [lease, ...others] = await takeAll();
    expect(others).toHaveLength(0);
    await lease?.release();
    expect(await takeAll()).toHaveLength(1);
  });

  test('each key has a lock of its own, under the prefix, and of the time asked for', async () => {
    expect(await (await lock()).acquire('a', 60_000)).toBeDefined();
    expect(await (await lock({ keyPrefix: 'mine:' })).acquire('a', 59_999.5)).toBeDefined();
    expect(await (await lock()).acquire('b', 0)).toBeDefined();
    expect((await observer.keys('*:a')).toSorted()).toEqual([
      'mine:a',
      'nestjs-access-tokens:lock:a',
    ]);
    const left = await observer.pTTL('mine:a');
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60_000);
  });

  test('it is free again when its time is over, and its former owner cannot release it', async () => {
    const first = await lock();
    const former = await first.acquire('key', 60_000);
    // The server ends its time now, as it would later.
    expect(await observer.pExpireAt('nestjs-access-tokens:lock:key', 1)).toBe(1);
    const owner = await (await lock()).acquire('key', 60_000);
    expect(owner).toBeDefined();
    await former?.release();
    expect(await first.acquire('key', 60_000)).toBeUndefined();
    await owner?.release();
    expect(await first.acquire('key', 60_000)).toBeDefined();
  });

  test('a Redis that has forgotten it gives it to the next; the release of the first does nothing', async () => {
    const [one, other] = [await lock(), await lock()];
    const forgotten = await one.acquire('key', 60_000);
    await observer.flushAll();
    const owner = await other.acquire('key', 60_000);
    await forgotten?.release();
    expect(await observer.keys('*')).toHaveLength(1);
    await owner?.release();
    await owner?.release();
    expect(await observer.keys('*')).toHaveLength(0);
  });

  test('each time that it is taken it has another owner', async () => {
    const owners = new Set<string | null>();
    const one = await lock();
    for (let round = 0; round < 10; round += 1) {
      const lease = await one.acquire('key', 60_000);
      owners.add(await observer.get('nestjs-access-tokens:lock:key'));
      await lease?.release();
    }
    expect(owners.size).toBe(10);
    expect(owners).not.toContain(null);
  });

  test('it is had also where the client sends a command again, as the answer was lost', async () => {
    const { client, close } = await connect(server.url);
    const evaluate: (...given: unknown[]) => Promise<unknown> = Reflect.get(Object(client), 'eval');
    const eachTwice = async (...given: unknown[]) => {
      await Reflect.apply(evaluate, client, given);
      return Reflect.apply(evaluate, client, given);
    };
    Reflect.set(client, 'eval', eachTwice);
    const lease = await new RedisTokenLock(client).acquire('key', 60_000);
    expect(lease).toBeDefined();
    expect(await (await lock()).acquire('key', 60_000)).toBeUndefined();
    await lease?.release();
    expect(await observer.keys('*')).toEqual([]);
    close();
  });

  test('what is no number of milliseconds is no lock for ever: it rejects', async () => {
    await expect((await lock()).acquire('key', Number.NaN)).rejects.toThrow(/integer/);
    expect(await observer.keys('*')).toEqual([]);
  });

  test('without a connection, taking and releasing reject', async () => {
    const other = await RedisServer.start();
    const { client, close } = await connect(other.url);
    const lost = new RedisTokenLock(client);
    const lease = await lost.acquire('key', 60_000);
    await other.stop();
    await expect(lost.acquire('other', 60_000)).rejects.toThrow('');
    await expect(lease?.release()).rejects.toThrow('');
    close();
  });

  describe('that is asked over a connection which breaks', () => {
    let proxy: SlowProxy;
    let lease: TokenLease | undefined;
    let breaking: RedisTokenLock;
    let close: () => void;
    const keys = () => observer.keys('*');
    const free = () => eventually('it is free', async () => (await keys()).length === 0);

    beforeEach(async () => {
      proxy = await SlowProxy.start(server.port);
      const connected = await connectAgain(name, proxy.url);
      ({ close } = connected);
      breaking = new RedisTokenLock(connected.client);
      lease = undefined;
    });
    afterEach(async () => {
      close();
      await proxy.stop();
    });

    test('is given back where the answer was lost with the connection', async () => {
      proxy.delayMs = LOST_MS;
      const taking = breaking.acquire('key', 60_000).catch(String);
      await eventually('it is taken', async () => (await keys()).length === 1);
      proxy.delayMs = 0;
      proxy.cutConnections();
      expect(await taking).toMatch(/Error|TimeoutError/);
      await free();
    });

    test('is given back where Redis hung meanwhile', async () => {
      server.pause();
      expect(await breaking.acquire('key', 60_000).catch(String)).toMatch(/Error|TimeoutError/);
      proxy.cutConnections();
      server.resume();
      // What it was told over the broken connection comes first, or after all that we say over the next one.
      await eventually('it answers again', async () => {
        lease = await breaking.acquire('other', 60_000).catch(() => undefined);
        return lease !== undefined;
      });
      await lease?.release();
      await free();
    });

    test('is given back once the connection is there again, where it was not when it should have been', async () => {
      lease = await breaking.acquire('key', 60_000);
      await proxy.refuseConnections();
      expect(await lease?.release().catch(String)).toMatch(/Error|TimeoutError/);
      expect(await keys()).toHaveLength(1);
      await proxy.acceptConnections();
      await free();
    });

    test('stays with whoever has it by then', async () => {
      lease = await breaking.acquire('key', 60_000);
      await proxy.refuseConnections();
      await lease?.release().catch(() => undefined);
      await observer.set('nestjs-access-tokens:lock:key', 'somebody else');
      await proxy.acceptConnections();
      await eventually('it answers again', async () => {
        lease = await breaking.acquire('other', 60_000).catch(() => undefined);
        return lease !== undefined;
      });
      await lease?.release();
      expect(await keys()).toEqual(['nestjs-access-tokens:lock:key']);
    });
  });
});

/** A client that connects again, as the README has it. */
async function connectAgain(name: string, url: string): Promise<TestClient> {
  if (name === 'ioredis') {
    const client = new Redis(url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
    });
    client.on('error', () => undefined);
    await client.connect();
    return { client, close: () => client.disconnect() };
  }
  const client = createClient({ url, disableOfflineQueue: true });
  client.on('error', () => undefined);
  await client.connect();
  return { client, close: () => client.destroy() };
}
