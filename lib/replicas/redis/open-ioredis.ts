import { once } from 'node:events';
import { startOf, withoutPackage, type OwnRedis } from './own-redis.js';
import type { RedisReports } from './redis-reports.js';

/** A client of the package `ioredis`, or none where it is not installed. */
export async function openIoredis(
  url: string,
  reports: RedisReports,
): Promise<OwnRedis | undefined> {
  const ioredis = await load();
  if (!ioredis) return undefined;
  const client = new ioredis.Redis(url, {
    lazyConnect: true,
    // While Redis is away, calls fail at once, and nothing is sent late.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // A connection that answers nothing is replaced (from 5.4 on).
    socketTimeout: 2_000,
    connectTimeout: 2_000,
  });
  client.on('error', (error) => reports.failed(error));
  client.on('ready', () => reports.ready());
  return {
    client,
    connect: () => startOf(client.connect(), once(client, 'error')),
    close: () => client.disconnect(),
  };
}

async function load() {
  try {
    return await import('ioredis');
  } catch (error) {
    return withoutPackage(error, 'ioredis');
  }
}
