import type { Logger } from '@nestjs/common';
import type { Clock } from '../../common/clock.js';
import { NoTokenError } from '../errors.js';
import type { IssuedToken } from '../issued-token.js';
import type { GrantedToken } from './token-endpoint.js';

const RENEWAL_WINDOW_MS = 60_000;
const SAFETY_MARGIN_MS = 10_000;
const RETRY_MS = 5_000;

interface HeldToken {
  readonly token: IssuedToken;
  readonly requestedAt: number;
  /** From here on, a call renews the token in the background. */
  readonly renewFrom: number;
  /** From here on, calls wait for the new token, as the old one could end on its way. */
  readonly waitFrom: number;
  readonly endsAt: number;
}

/**
 * The life of one token, from request to request. There are no timers: a token that nobody asks for is
 * not renewed.
 *
 * Two moments matter. From 60 s before its end (or 20 % of the lifetime, if that is less) one call renews
 * it while all go on with what they have, so that nobody waits. From 10 s before its end (or 10 %) calls
 * wait. Both are fractions of the lifetime, so a token of 5 s is used for most of its life
 * instead of being asked for with each call. A renewal that fails is only a log line until the token ends.
 */
export class CachedToken {
  #held: HeldToken | undefined;
  #flight: Promise<IssuedToken> | undefined;
  #nextAttemptAt = 0;
  /** The client whose renewal failed, until one works. */
  #failing: string | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * The token at hand, or a new one. Everybody who waits, waits for the same request.
   *
   * @param request asks for a new token; called only when nobody else has done so
   * @param force takes no token that was there before, unless it is on its way already
   */
  async get(request: () => Promise<GrantedToken>, force: boolean): Promise<IssuedToken> {
    const held = this.#held;
    const now = this.clock.now();
    if (force || !held || !isAlive(held, now)) return this.renew(request);
    const mustRest = !this.#flight && now < this.#nextAttemptAt;
    if (now < held.renewFrom || mustRest) return held.token;
    const renewal = this.renew(request).catch((error: unknown) => {
      if (isAlive(held, this.clock.now())) return held.token;
      throw error;
    });
    if (now >= held.waitFrom) return renewal;
    renewal.catch(() => undefined);
    return held.token;
  }

  private renew(request: () => Promise<GrantedToken>): Promise<IssuedToken> {
    // Only whoever starts it takes it away again, and nobody starts a second one meanwhile.
    this.#flight ??= this.fetch(request).finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  private async fetch(request: () => Promise<GrantedToken>): Promise<IssuedToken> {
    try {
      const granted = await request();
      this.keep(granted);
      if (this.#failing) this.logger.log(`Client '${this.#failing}': token renewal works again.`);
      this.#failing = undefined;
      return granted.token;
    } catch (error) {
      this.#nextAttemptAt = this.clock.now() + RETRY_MS;
      this.reportFailure(error);
      throw error;
    }
  }

  private keep({ token, requestedAt }: GrantedToken): void {
    const endsAt = token.expiresAt.getTime();
    const lifetime = endsAt - requestedAt;
    // Dead on arrival: good for those who wait for it, if at all, and for nobody after them.
    if (lifetime <= 0) return;
    // Up to a tenth less, so that many processes that started together do not renew together.
    const window = Math.min(RENEWAL_WINDOW_MS, lifetime / 5) * (1 - Math.random() / 10);
    const margin = Math.min(SAFETY_MARGIN_MS, lifetime / 10);
    this.#held = {
      token,
      requestedAt,
      endsAt,
      renewFrom: endsAt - window,
      waitFrom: endsAt - margin,
    };
  }

  /** Only where nobody else would notice, and only when it starts: a caller without a token gets the error. */
  private reportFailure(error: unknown): void {
    const held = this.#held;
    if (this.#failing || !held || !isAlive(held, this.clock.now())) return;
    if (!(error instanceof NoTokenError)) return;
    this.#failing = error.client;
    const end = held.token.expiresAt.toISOString();
    this.logger.warn(
      `Client '${error.client}': token renewal failed, going on with the token that ends at ${end}. ${error.message}`,
    );
  }
}

/** A clock that was set back says nothing about how long the token lives, so the token is not used. */
function isAlive({ requestedAt, endsAt }: HeldToken, now: number): boolean {
  return now >= requestedAt && now < endsAt;
}
