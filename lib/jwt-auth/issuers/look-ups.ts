import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { atMost } from '../../common/at-most.js';
import { excerpt } from '../../common/excerpt.js';
import { textOfError } from '../../common/kind-of-error.js';
import type { LogThrottle } from '../../common/log-throttle.js';
import { remainingMs } from '../../common/remaining.js';
import { TooBusyError, Turns } from '../../common/turns.js';
import { withTimeout } from '../../common/with-timeout.js';
import type { ResolvedIssuer } from '../options/resolved-issuer.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { KeysUnavailableError } from '../errors.js';
import { ApplicationEndedError } from '../keys/application-ended.error.js';
import { StrangerBudget, type StrangerPermit } from './stranger-budget.js';

const LOOK_UP_TIMEOUT_MS = 10_000;
/** How long an issuer that is not trusted is not asked for again. */
const UNTRUSTED_MS = 10_000;
/** How long an issuer whose look-up failed is not asked for again. */
const FAILED_MS = 5_000;
const MAX_REMEMBERED = 1_000;
/** Look-ups that made-up issuers may cause, in each share of the budget. */
const STRANGERS = { inARow: 50, refillMs: 100, atOnce: 10, tunnelTimeoutMs: 2_000 };
const RETRY_AFTER_SECONDS = 1;

/** How a look-up ended that gave no issuer. */
interface Negative {
  readonly untilMs: number;
  readonly failed: boolean;
}

/** Asks the option `resolveIssuer`, no more often than the application can bear. */
export class LookUps {
  private readonly logger = new Logger('JwtAuthModule');
  private readonly negatives = new LRUCache<string, Negative>(atMost(MAX_REMEMBERED));
  private readonly budget: StrangerBudget;
  private readonly turns = {
    new: new Turns(STRANGERS.atOnce, STRANGERS.tunnelTimeoutMs),
    returning: new Turns(STRANGERS.atOnce, STRANGERS.tunnelTimeoutMs),
  };

  constructor(
    private readonly options: ResolvedOptions,
    private readonly throttle: LogThrottle,
    private readonly end: AbortSignal,
  ) {
    this.budget = new StrangerBudget(options.clock, STRANGERS.inARow, STRANGERS.refillMs);
  }

  /**
   * Whether an issuer was not trusted a moment ago.
   *
   * @throws {KeysUnavailableError} when its look-up failed a moment ago
   */
  isUntrusted(iss: string): boolean {
    const negative = this.negatives.get(iss);
    if (!negative) return false;
    const { untilMs, failed } = negative;
    const left = remainingMs(untilMs, this.options.clock.now(), failed ? FAILED_MS : UNTRUSTED_MS);
    if (left > 0 && failed) throw unavailable(Math.ceil(left / 1000), 'resolveIssuer failed');
    return left > 0;
  }

  /**
   * Looks up an issuer from which no good token has come yet, and does what comes next in the same turn.
   *
   * @param introduce what is to be done with the issuer that was found
   * @throws {KeysUnavailableError} when the look-up fails, or there are too many
   */
  async stranger<T>(
    iss: string,
    introduce: (rules: ResolvedIssuer | undefined, permit: StrangerPermit) => Promise<T>,
  ): Promise<T> {
    const permit = this.budget.take(iss);
    if (!permit) throw this.tooMany();
    try {
      return await this.turns[permit.share].run(async () => introduce(await this.ask(iss), permit));
    } catch (error) {
      throw error instanceof TooBusyError ? this.tooMany() : error;
    }
  }

  /**
   * Looks up an issuer. Without limits: for those from which good tokens have come.
   *
   * @throws {KeysUnavailableError} when the look-up fails
   */
  async ask(iss: string): Promise<ResolvedIssuer | undefined> {
    const { resolveIssuer, clock } = this.options;
    try {
      const found = await withTimeout(
        LOOK_UP_TIMEOUT_MS,
        async () => resolveIssuer?.(iss),
        this.end,
      );
      if (!found) this.negatives.set(iss, { untilMs: clock.now() + UNTRUSTED_MS, failed: false });
      return found;
    } catch (error) {
      if (error instanceof ApplicationEndedError) throw unavailable(1, error.message);
      this.negatives.set(iss, { untilMs: clock.now() + FAILED_MS, failed: true });
      const failed = () => `resolveIssuer failed for ${excerpt(iss)}: ${textOfError(error)}`;
      const line = this.throttle.line('resolveIssuer failed', failed);
      if (line) this.logger.error(line);
      throw unavailable(FAILED_MS / 1000, 'resolveIssuer failed');
    }
  }

  private tooMany(): KeysUnavailableError {
    const line = this.throttle.line(
      'too many unknown issuers',
      () =>
        'Tokens name more unknown issuers than are looked up at a time: some are answered with 503. Issuers whose tokens have been verified are not affected.',
    );
    if (line) this.logger.warn(line);
    return unavailable(RETRY_AFTER_SECONDS, 'too many unknown issuers are being looked up');
  }
}

function unavailable(retryAfterSeconds: number, detail: string): KeysUnavailableError {
  return new KeysUnavailableError(retryAfterSeconds, detail);
}
