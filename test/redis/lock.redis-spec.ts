import { RedisTokenLock } from 'nestjs-access-tokens';
import { createClient } from 'redis';
import { CLIENTS, type TestClient } from './support/clients.js';
import { RedisServer } from './support/redis-server.js';

describe.each(CLIENTS)('A lock in Redis, over %s', (_name, connect) => {
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
});
