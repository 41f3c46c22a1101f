import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { RedisStore } from 'connect-redis';
import { environment } from './environment.js';
import { clientOf, giveUpIfSilent, type RedisClient, reportState } from './redis-client.js';

/** How long the start of an application waits for a Redis that is there and says nothing. */
const START_MS = 2_000;
/** How long its end does. */
const END_MS = 1_000;

/** The sessions that replicas have in common: with REDIS_URL in Redis, without it in the memory of each. */
export class SharedSessions implements OnApplicationShutdown {
  constructor(private readonly redis?: RedisClient) {}

  /** Where the sessions are, if not in memory. What they hold is who is signed in, and no token. */
  store(): RedisStore | undefined {
    return this.redis && new RedisStore({ client: this.redis, prefix: 'web:session:' });
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.redis?.isOpen) {
      // Not for longer: it waits for answers, and there may be none.
      await Promise.race([this.redis.close(), sleep(END_MS, undefined, { ref: false })]);
      this.redis.unref();
    }
  }
}

/**
 * Connects to Redis, if there is one to share. An application starts and goes on without it as well: the client
 * tries to connect for as long as it takes.
 */
async function joinSessions(): Promise<SharedSessions> {
  const url = environment.redisUrl();
  if (!url) {
    return new SharedSessions();
  }
  if (!/^rediss?:/.test(url) || !URL.canParse(url)) {
    // Without the value, which may hold a password.
    throw new Error('REDIS_URL must be a URL such as redis://127.0.0.1:6379.');
  }
  const client = clientOf(url);
  reportState(client);
  const wait = sleep(START_MS, undefined, { ref: false });
  await Promise.race([client.connect(), once(client, 'error'), wait]);
  void giveUpIfSilent(client);
  return new SharedSessions(client);
}

@Module({
  providers: [{ provide: SharedSessions, useFactory: joinSessions }],
  exports: [SharedSessions],
})
export class SharedSessionsModule {}
