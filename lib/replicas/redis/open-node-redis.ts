import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOf, withoutPackage, type OwnRedis } from './own-redis.js';
import type { RedisReports } from './redis-reports.js';

const PING_MS = 1_000;
const SILENCE_MS = 2_000;

/** What is used of a client, in all versions from 4 on. */
interface Client {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  ping(): Promise<unknown>;
  destroy?(): void;
  /** What version 4 has in place of it. */
  disconnect?(): Promise<void>;
}

/** A client of the package `redis` (node-redis), or none where it is not installed. */
export async function openNodeRedis(
  url: string,
  reports: RedisReports,
): Promise<OwnRedis | undefined> {
  const redis = await load();
  if (!redis) return undefined;
  const client = redis.createClient({
    url,
    // While Redis is away, calls fail at once.
    disableOfflineQueue: true,
    // While it is silent, they fill no memory.
    commandsQueueMaxLength: 10_000,
    socket: { connectTimeout: 2_000 },
  });
  client.on('error', (error: Error) => reports.failed(error));
  client.on('ready', () => reports.ready());
  const closing = new AbortController();
  return {
    client,
    async connect() {
      await startOf(client.connect(), once(client, 'error'));
      void replaceIfSilent(client, reports, closing.signal);
    },
    close() {
      closing.abort();
      cut(client);
    },
  };
}

async function load() {
  try {
    return await import('redis');
  } catch (error) {
    return withoutPackage(error, 'redis');
  }
}

/** By itself, node-redis keeps a connection over which no answer comes for as long as the operating system does. */
async function replaceIfSilent(
  client: Client,
  reports: RedisReports,
  closing: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(PING_MS, undefined, { ref: false });
    if (closing.aborted) return;
    if (!client.isReady || (await answers(client)) || closing.aborted) continue;
    reports.failed(new Error(`no answer within ${SILENCE_MS} ms`));
    // What waits for an answer fails with this.
    cut(client);
    // It tries for as long as it takes, and fails only where the application ends meanwhile.
    client.connect().catch(() => undefined);
  }
}

/** Also with an error: whatever fails is not silent. */
function answers(client: Client): Promise<boolean> {
  const answer = client.ping().then(
    () => true,
    () => true,
  );
  return Promise.race([answer, sleep(SILENCE_MS, false, { ref: false })]);
}

function cut(client: Client): void {
  if (!client.isOpen) return;
  if (client.destroy) client.destroy();
  else client.disconnect?.().catch(() => undefined);
}
