import { AccessTokenError, type IssuedToken } from 'nestjs-access-tokens';
import type { Calls } from './replica.orders.js';

/** Counts and times calls for a token. */
export class Tally {
  #count = 0;
  #worstMs = 0;
  readonly #failures: Record<string, number> = {};
  readonly #servedAt: Record<string, number> = {};

  /** Makes a call and notes what becomes of it. Never throws. */
  async note(call: () => Promise<IssuedToken>): Promise<void> {
    const begun = performance.now();
    try {
      const { accessToken } = await call();
      this.#servedAt[accessToken] = Date.now();
    } catch (error) {
      const code = error instanceof AccessTokenError ? error.code : String(error);
      this.#failures[code] = (this.#failures[code] ?? 0) + 1;
    }
    this.#count += 1;
    this.#worstMs = Math.max(this.#worstMs, performance.now() - begun);
  }

  get calls(): Calls {
    return {
      count: this.#count,
      worstMs: this.#worstMs,
      failures: this.#failures,
      servedAt: this.#servedAt,
    };
  }
}
