import type { Logger } from '@nestjs/common';
import { oneLine } from '../../common/excerpt.js';

const MAX_REASON_LENGTH = 200;

/** Tells how a connection to Redis stands: one line for each change, and not one for each attempt to connect. */
export class RedisReports {
  #said: string | undefined;
  readonly #place: string;

  constructor(
    url: string,
    private readonly logger: Logger,
  ) {
    // Not the rest, which may hold a password.
    this.#place = new URL(url).host;
  }

  ready(): void {
    if (this.#said !== undefined) {
      this.logger.log(`redis_recovered: Redis at ${this.#place} answers again.`);
    }
    this.#said = undefined;
  }

  failed(error: NodeJS.ErrnoException): void {
    const reason = reasonOf(error);
    if (reason === this.#said) return;
    this.#said = reason;
    this.logger.warn(
      `redis_unavailable: Redis at ${this.#place} cannot be used: ${reason}. This process goes on alone, and calls in the name of users fail, until it is back; connecting is tried again and again.`,
    );
  }
}

/** Where several addresses fail at once there is no message, but a code. */
function reasonOf({ message, code, name }: NodeJS.ErrnoException): string {
  return oneLine(message || code || name, MAX_REASON_LENGTH);
}
