import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { atMost } from '../../common/at-most.js';
import { BackchannelError } from '../../authorization-server/http/backchannel.js';
import { Budget } from '../../common/budget.js';
import type { Clock } from '../../common/clock.js';
import { oneLine } from '../../common/excerpt.js';
import { textOfError } from '../../common/kind-of-error.js';
import type { LogThrottle } from '../../common/log-throttle.js';
import { remainingMs } from '../../common/remaining.js';
import { abortable } from '../../common/abortable.js';
import { KeysUnavailableError } from '../errors.js';
import { ApplicationEndedError } from './application-ended.error.js';
import { type FetchLimits, type Permit, UNLIMITED } from './fetch-limits.js';
import { type KeySource, matchingKeys } from './key-source.js';
import type { VerificationKey } from './verification-key.js';

const DEFAULT_LIFETIME_MS = 10 * 60_000;
/** How long a server may have its key set kept, with `Cache-Control: max-age`. */
const LIFETIME_LIMITS_MS = { shortest: 60_000, longest: 60 * 60_000 };
/** A set is fetched anew at this part of its life, so that no request ever waits for that. */
const REFRESH_AHEAD = 0.8;
/** How much longer the last good set serves while no new one can be had. */
const STALE_MS = 60 * 60_000;
const BACK_OFF_MS = { first: 1_000, longest: 30_000 };
const UNKNOWN_KID_MS = 5_000;
/** One is added with a fetch, so the budget leaves room for few at the same time. */
const MAX_UNKNOWN_KIDS = 100;
/** Fetches that unknown key ids may cause: a new signing key is fetched at once, a flood of made-up ids now and then. */
const UNKNOWN_KID_FETCHES = { inARow: 3, refillMs: 2_800 };

/** Where a {@link KeySet} gets its keys. */
export interface KeyLoader {
  /** @throws when there is no usable key set to be had */
  load(signal: AbortSignal): Promise<LoadedKeys>;
  /** What to do about what {@link load} has thrown. */
  advice(error: unknown): string;
}

/** A key set as it was loaded, and how long it wants to be kept. */
export interface LoadedKeys {
  readonly keys: readonly VerificationKey[];
  readonly maxAgeMs?: number | undefined;
}

/**
 * The keys of one issuer, kept whole. One fetch at a time, ahead of need; the last good set serves on
 * through an outage; an unknown `kid` causes a fetch only as far as a small budget goes.
 */
export class KeySet implements KeySource {
  private readonly logger = new Logger('JwtAuthModule');
  private readonly budget: Budget;
  /** Made when it is needed: there may be thousands of key sets, and few of them ever need it. */
  private unknownKids: LRUCache<string, number> | undefined;
  private keys: ReadonlySet<VerificationKey> = new Set();
  private lifetimeMs = DEFAULT_LIFETIME_MS;
  private loadedAt = Number.NEGATIVE_INFINITY;
  private flight: Promise<void> | undefined;
  private failures = 0;
  /** Whether the log says that the keys cannot be had. */
  private isTold = false;
  private retryAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly issuer: string,
    private readonly source: KeyLoader,
    /** How long loading them may take. */
    private readonly timeoutMs: number,
    private readonly clock: Clock,
    private readonly throttle: LogThrottle,
    private readonly limits: FetchLimits = UNLIMITED,
  ) {
    const { inARow, refillMs } = UNKNOWN_KID_FETCHES;
    this.budget = new Budget(clock, inARow, refillMs);
  }

  async candidates(
    algorithm: string,
    kid: string | undefined,
  ): Promise<readonly VerificationKey[]> {
    if (!this.isUsable()) {
      if (this.restMs() === 0 && !this.flight && !this.limits.mayLoad()) throw this.tooMany();
      await this.refresh();
    }
    const known = matchingKeys(this.keys, algorithm, kid);
    if (known.length > 0 || kid === undefined || this.hasKid(kid)) return known;
    return (await this.searchFor(kid)) ? matchingKeys(this.keys, algorithm, kid) : [];
  }

  async renew(): Promise<boolean> {
    const before = this.keys;
    let permit: Permit | undefined;
    if (!this.flight && (this.restMs() > 0 || !this.budget.take())) return false;
    if (!this.flight) permit = this.permitFor('');
    await this.refresh();
    const isNew = [...this.keys].some((key) => !before.has(key));
    if (isNew) permit?.giveBack();
    return isNew;
  }

  get size(): number {
    return this.keys.size;
  }

  trusts(key: VerificationKey): boolean {
    return this.isUsable() && this.keys.has(key);
  }

  async warmUp(): Promise<void> {
    if (!this.isUsable()) await this.refresh();
  }

  /** Whether there are keys to go by; sees to it that they are fetched anew in time. */
  private isUsable(): boolean {
    const age = this.clock.now() - this.loadedAt;
    if (age > this.lifetimeMs + STALE_MS) return false;
    // A clock that was set back makes the set younger than it is.
    if (age < 0 || age > this.lifetimeMs * REFRESH_AHEAD) this.refreshInBackground();
    return true;
  }

  private refreshInBackground(): void {
    if (this.flight || this.restMs() > 0 || !this.limits.mayLoad()) return;
    this.refresh().catch(() => undefined);
  }

  /** How long a failure still keeps us from asking again. */
  private restMs(): number {
    return remainingMs(this.retryAt, this.clock.now(), BACK_OFF_MS.longest);
  }

  private hasKid(kid: string): boolean {
    return [...this.keys].some((key) => key.kid === kid);
  }

  /** Looks whether the issuer has a new key, as far as others have left a fetch for it. */
  private async searchFor(kid: string): Promise<boolean> {
    if (this.flight) {
      await this.flight;
      if (this.hasKid(kid)) return true;
    }
    if (remainingMs(this.unknownKids?.get(kid) ?? 0, this.clock.now(), UNKNOWN_KID_MS) > 0)
      return false;
    if (!this.flight && !this.budget.take()) return false;
    const permit = this.flight ? undefined : this.permitFor(kid);
    await this.refresh();
    const found = this.hasKid(kid);
    if (found) permit?.giveBack();
    else this.noteUnknown(kid);
    return found;
  }

  private noteUnknown(kid: string): void {
    this.unknownKids ??= new LRUCache(atMost(MAX_UNKNOWN_KIDS));
    this.unknownKids.set(kid, this.clock.now() + UNKNOWN_KID_MS);
  }

  /** @throws {KeysUnavailableError} when tokens that nobody has verified have caused too many fetches of late */
  private permitFor(kid: string): Permit {
    const permit = this.limits.permit(`${this.issuer} ${kid}`);
    if (!permit) throw this.tooMany();
    return permit;
  }

  private tooMany(): KeysUnavailableError {
    return this.unavailable(1_000, 'too many unverified tokens ask for keys');
  }

  /** Joins the fetch under way, or starts one unless the last failure was just now. */
  private refresh(): Promise<void> {
    const wait = this.restMs();
    if (!this.flight && wait > 0)
      return Promise.reject(this.unavailable(wait, 'waiting after a failure'));
    this.flight ??= this.load().finally(() => {
      this.flight = undefined;
    });
    return this.flight;
  }

  private async load(): Promise<void> {
    try {
      const deadline = AbortSignal.timeout(this.timeoutMs);
      const loading = this.source.load(deadline);
      const { keys, maxAgeMs = DEFAULT_LIFETIME_MS } = await abortable(loading, deadline);
      this.take(keys);
      const { shortest, longest } = LIFETIME_LIMITS_MS;
      this.lifetimeMs = Math.min(Math.max(maxAgeMs, shortest), longest);
      this.loadedAt = this.clock.now();
      if (this.isTold) this.logger.log(`The keys of ${oneLine(this.issuer)} can be had again`);
      this.failures = 0;
      this.isTold = false;
    } catch (error) {
      if (error instanceof ApplicationEndedError) throw this.unavailable(1_000, error.message);
      // Others than our own may come from a JwksClient of the application.
      const reason = error instanceof BackchannelError ? error.message : textOfError(error);
      const advice = this.source.advice(error);
      throw this.backOff(advice === '' ? reason : `${reason}. ${advice}`);
    }
  }

  /** A key that was there before stays the same object: what has been verified with it stays verified. */
  private take(loaded: readonly VerificationKey[]): void {
    const before = new Map([...this.keys].map((key) => [key.identity, key]));
    this.keys = new Set(loaded.map((key) => before.get(key.identity) ?? key));
  }

  private backOff(reason: string): KeysUnavailableError {
    if (this.failures === 0) {
      const line = this.throttle.line(
        `keys ${this.issuer}`,
        () =>
          `The keys of ${oneLine(this.issuer)} cannot be had, and will be tried again: ${reason}`,
      );
      if (line) this.logger.warn(line);
      this.isTold = line !== undefined;
    }
    const wait = Math.min(BACK_OFF_MS.first * 2 ** this.failures, BACK_OFF_MS.longest);
    this.failures = Math.min(this.failures + 1, 10);
    // Replicas that failed together should not come back together.
    const jittered = wait * (0.75 + Math.random() / 4);
    this.retryAt = this.clock.now() + jittered;
    return this.unavailable(jittered, reason);
  }

  private unavailable(waitMs: number, reason: string): KeysUnavailableError {
    return new KeysUnavailableError(
      Math.max(1, Math.ceil(waitMs / 1000)),
      `keys of ${oneLine(this.issuer)}: ${reason}`,
    );
  }
}
