import { openIoredis } from './open-ioredis.js';
import { openNodeRedis } from './open-node-redis.js';
import type { OwnRedis } from './own-redis.js';
import type { RedisReports } from './redis-reports.js';

const SCHEMES = new Set(['redis:', 'rediss:']);

/** What is wrong with the address of a Redis, as a sentence. Never repeats it, as it may hold a password. */
export function redisURLFault(path: string, url: string): string | undefined {
  if (url === '')
    return `${path}: empty. Give a URL such as redis://localhost:6379, or leave the option out.`;
  const isOurs =
    URL.canParse(url) && SCHEMES.has(new URL(url).protocol) && new URL(url).host !== '';
  return isOurs
    ? undefined
    : `${path}: not the URL of a Redis. Give one such as redis://localhost:6379, or rediss:// for TLS.`;
}

/**
 * A client for a URL, made by the package that is installed: `ioredis`, else `redis`. Neither is loaded before that. It does
 * not connect yet. None where neither is installed.
 */
export async function redisOfURL(
  url: string,
  reports: RedisReports,
): Promise<OwnRedis | undefined> {
  return (await openIoredis(url, reports)) ?? openNodeRedis(url, reports);
}
