import { isJsonObject } from '../../common/json.js';
import { withTimeout } from '../../common/with-timeout.js';
import type { RedisClient } from './redis-client.js';

/** How long the start of an application waits for a Redis that says nothing. */
const START_MS = 1_000;

/** A client that this package makes from a URL, and closes. It connects anew by itself for as long as it takes. */
export interface OwnRedis {
  readonly client: RedisClient;
  /** Waits for the first connection, or for the first attempt that fails, and not for longer than a second. */
  connect(): Promise<void>;
  /** Lets go at once. Once only. */
  close(): void;
}

/** A Redis that is away or silent keeps no application from starting. */
export async function startOf(
  connecting: Promise<unknown>,
  failed: Promise<unknown>,
): Promise<void> {
  // What goes wrong is reported by the client, to whoever listens for it.
  await withTimeout(START_MS, () => Promise.race([connecting, failed])).catch(() => undefined);
}

/** @throws whatever keeps an installed package from loading */
export function withoutPackage(error: unknown, name: string): undefined {
  const { code, message } = isJsonObject(error) ? error : {};
  const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  // One that is there may itself miss another.
  if (isMissing && String(message).includes(`'${name}'`)) return undefined;
  throw error;
}
