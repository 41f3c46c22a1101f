import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { createClient } from 'redis';

const PING_MS = 1_000;
const SILENCE_MS = 2_000;

export type RedisClient = ReturnType<typeof clientOf>;

/** A client that is not connected yet. From then on it connects anew by itself, for as long as it takes. */
export function clientOf(url: string) {
  return createClient({
    url,
    // What cannot be sent now fails now: a call must not wait for Redis to come back.
    disableOfflineQueue: true,
    // As many wait for an answer at most.
    commandsQueueMaxLength: 10_000,
    socket: { connectTimeout: 1_000 },
  });
}

/**
 * Replaces the connection to a Redis that is there and answers nothing, for as long as the client is open. By itself,
 * node-redis would wait for as long as there is a connection. What is kept of tokens has a client and a limit of its own; the
 * sessions have none but this one.
 */
export async function giveUpIfSilent(client: RedisClient): Promise<void> {
  for (await pause(); client.isOpen; await pause()) {
    if (!client.isReady || (await answers(client))) {
      continue;
    }
    // What waits for an answer fails with this.
    client.destroy();
    client.emit('error', new Error(`no answer within ${SILENCE_MS} ms`));
    // It tries for as long as it takes, and fails only where the application ends meanwhile.
    client.connect().catch(() => undefined);
  }
}

function pause(): Promise<void> {
  return sleep(PING_MS, undefined, { ref: false });
}

/** Also with an error: whatever fails is not silent. */
async function answers(client: RedisClient): Promise<boolean> {
  const answer = client.ping().then(
    () => true,
    () => true,
  );
  return Promise.race([answer, sleep(SILENCE_MS, false, { ref: false })]);
}

/** One line for each change: while Redis is gone there is an error for each attempt to connect. */
export function reportState(client: RedisClient): void {
  const logger = new Logger('Sessions');
  let there: boolean | undefined;
  client.on('ready', () => {
    logger.log(
      there === undefined ? 'Sharing sessions over Redis' : 'Redis is back: sharing sessions again',
    );
    there = true;
  });
  client.on('error', (error: NodeJS.ErrnoException) => {
    if (there !== false) {
      logger.warn(`Redis cannot be reached (${error.message || error.code}): going on without it`);
    }
    there = false;
  });
}
