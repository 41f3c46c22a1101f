import type { Clock } from '../../common/clock.js';
import { NoTokenError } from '../../authorization-server/errors.js';
import type { IssuedToken } from '../../authorization-server/issued-token.js';
import type { SpanContext } from '../../authorization-server/span-context.js';
import type { TokenObserver } from '../../observability/token-observer.js';
import type { SharedLookup } from './shared-tokens.js';
import { rejectedUntil, type Rejections } from '../../authorization-server/rejections.js';
import { isAlive, scheduleOf, type RenewalSchedule } from './renewal-schedule.js';
import { RenewalBackoff, type Failure } from './renewal-backoff.js';
import type { GrantedToken } from '../../authorization-server/granted-token.js';

/** Times are counted from here: small integers are held where they are used, and large ones somewhere else. */
const EPOCH = Date.now();

/** What a token is wanted with. */
export interface TokenLookup {
  /** The named client that wants it. */
  readonly client: string;
  readonly tenant?: string | undefined;
  /** In whose name, where it is the token of a user. */
  readonly user?: string | undefined;
  /** How it is got, for traces. */
  readonly grant: string;
  /** Asks for a new token; called only when nobody else has done so. */
  readonly fetch: (within: SpanContext) => Promise<GrantedToken>;
  /** Looks first whether another replica has got one; given where replicas share this token. */
  readonly share?: ((lookup: SharedLookup) => Promise<GrantedToken>) | undefined;
  /** Why nobody is to ask at the moment, if that is so. */
  readonly paused?: (() => NoTokenError | undefined) | undefined;
  /** Takes no token that was there before, unless it is on its way already. */
  readonly force?: boolean | undefined;
  /** The token that an API refused: a new one is asked for only if this is still the one at hand. */
  readonly rejected?: IssuedToken | undefined;
}

/** How things stand with a token. */
export interface TokenState {
  readonly token: IssuedToken | undefined;
  readonly schedule: RenewalSchedule | undefined;
  readonly underWay: boolean;
  /** Why the last request failed, unless one was met since. */
  readonly lastFailure: Failure | undefined;
  /** Until when the server's refusal stands, without being asked. */
  readonly refusedUntil: Date | undefined;
  /** Until when a token that is due for renewal is left alone, as the last attempt failed. */
  readonly retryAfter: Date | undefined;
  /** Whether calls wait because an API has refused the token at hand. */
  readonly replacing: boolean;
}

/**
 * The life of one token, from request to request. There are no timers: a token that nobody asks for is
 * not renewed. In the window before its end one call renews it while all go on with what they have; close
 * to the end calls wait. A renewal that fails is only a log line until the token ends.
 */
export class CachedToken {
  // What nearly every call needs, first and close by: with many tokens, every step through memory takes its time.
  #token: IssuedToken | undefined;
  #freshFrom = 0;
  #freshUntil = 0;
  /** Whether the flight is there because an API refused the token at hand. */
  #replacing = false;
  /** The named client that asked for it, and others if there are any: a set for each token would cost too much. */
  #user: string;
  #others: Set<string> | undefined;
  #held: { readonly token: IssuedToken; readonly schedule: RenewalSchedule } | undefined;
  #flight: Promise<IssuedToken> | undefined;
  /** How far renewals that refusing APIs have caused count. */
  #rejectedUntil = 0;
  /** What has gone wrong since it last went well. */
  #setbacks: RenewalBackoff | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly observer: TokenObserver,
    private readonly limits: Rejections,
    user: string,
    readonly tenant?: string,
  ) {
    this.#user = user;
  }

  /** Whether a named client has asked for it. */
  isUsedBy(client: string): boolean {
    return this.#user === client || this.#others?.has(client) === true;
  }

  /** The token at hand, if nothing is to be thought of but to use it: what nearly every call needs. */
  fresh(client: string): IssuedToken | undefined {
    if (!this.#token || this.#replacing) return undefined;
    const now = this.clock.now() - EPOCH;
    return now >= this.#freshFrom && now < this.#freshUntil
      ? this.hit(client, this.#token)
      : undefined;
  }

  /** The token at hand, or a new one. Everybody who waits, waits for the same request. */
  get(lookup: TokenLookup): IssuedToken | Promise<IssuedToken> {
    const now = this.clock.now();
    const held = this.#held;
    if (!held || !isAlive(held.schedule, now) || lookup.force) {
      return this.lookUp(lookup, now);
    }
    const { token, schedule } = held;
    if (lookup.rejected?.accessToken === token.accessToken) return this.replace(lookup, token, now);
    const mustRest = !this.#flight && this.#setbacks?.retryAfter(now) !== undefined;
    const young = now < schedule.renewFrom || mustRest;
    if (young && !this.#replacing) return this.hit(lookup.client, token);
    if (now < schedule.waitFrom && !this.#replacing) {
      this.renew(lookup, now).catch(() => undefined);
      return this.hit(lookup.client, token);
    }
    return this.lookUp(lookup, now).catch((error: unknown) => {
      if (isAlive(schedule, this.clock.now())) return token;
      throw error;
    });
  }

  state(): TokenState {
    const now = this.clock.now();
    const held = this.#held && isAlive(this.#held.schedule, now) ? this.#held : undefined;
    return {
      token: held?.token,
      schedule: held?.schedule,
      underWay: this.#flight !== undefined,
      lastFailure: this.#setbacks?.last,
      refusedUntil: this.#setbacks?.refusedUntil(now),
      retryAfter: this.#setbacks?.retryAfter(now),
      replacing: this.#replacing,
    };
  }

  /** For whoever waits for it. */
  private lookUp(lookup: TokenLookup, now: number): Promise<IssuedToken> {
    this.use(lookup.client);
    this.observer.lookedUp(lookup.client, this.#flight ? 'in_flight' : 'miss');
    return this.renew(lookup, now);
  }

  private hit(client: string, token: IssuedToken): IssuedToken {
    this.use(client);
    this.observer.lookedUp(client, 'hit');
    return token;
  }

  private use(client: string): void {
    if (client !== this.#user) (this.#others ??= new Set()).add(client);
  }

  /** A new token for one that an API refused; the same where there were too many of late. */
  private replace(
    lookup: TokenLookup,
    token: IssuedToken,
    now: number,
  ): IssuedToken | Promise<IssuedToken> {
    if (!this.#flight) {
      if (!this.limits.take(this.#rejectedUntil, lookup)) {
        this.observer.rejectedAgain(lookup.client);
        return this.hit(lookup.client, token);
      }
      this.#rejectedUntil = rejectedUntil(this.#rejectedUntil, now);
      this.#replacing = true;
    }
    return this.lookUp(lookup, now);
  }

  private renew(lookup: TokenLookup, now: number): Promise<IssuedToken> {
    if (this.#flight) return this.#flight;
    const reason = this.#setbacks?.blockedBy(now) ?? lookup.paused?.();
    if (reason) {
      this.#replacing = false;
      return Promise.reject(reason);
    }
    // Only whoever starts it takes it away again, and nobody starts a second one meanwhile.
    this.#flight = this.fetch(lookup).finally(() => {
      this.#flight = undefined;
      this.#replacing = false;
    });
    return this.#flight;
  }

  private async fetch(lookup: TokenLookup): Promise<IssuedToken> {
    const { client, grant, fetch, share } = lookup;
    const ask = () => this.observer.request({ client, grant }, fetch);
    try {
      const granted = share
        ? await share({ ask, accepts: this.acceptsShared(lookup) })
        : await ask();
      await this.keep(client, granted);
      return granted.token;
    } catch (error) {
      if (error instanceof NoTokenError) await this.failed(client, error);
      throw error;
    }
  }

  /** Which token of another replica will do: one that is not about to end, and better than the one at hand. */
  private acceptsShared({ force, rejected }: TokenLookup): SharedLookup['accepts'] {
    if (force) return undefined;
    return (granted) => {
      const now = this.clock.now();
      const schedule = scheduleOf(granted);
      const held = this.#held && isAlive(this.#held.schedule, now) ? this.#held : undefined;
      if (!isAlive(schedule, now) || now >= schedule.waitFrom) return false;
      // The same again is no newer one, though a clock that is ahead of ours says so.
      const known = [rejected, this.#held?.token].map((token) => token?.accessToken);
      if (known.includes(granted.token.accessToken)) return false;
      return rejected !== undefined || !held || schedule.endsAt > held.schedule.endsAt;
    };
  }

  private async keep(client: string, granted: GrantedToken): Promise<void> {
    const { token } = granted;
    const first = this.#held === undefined;
    const schedule = scheduleOf(granted);
    // Dead on arrival: good for those who wait for it, if at all, and for nobody after them.
    if (schedule.endsAt > schedule.requestedAt) {
      this.#held = { token, schedule };
      this.#token = token;
      this.#freshFrom = Math.ceil(schedule.requestedAt - EPOCH);
      this.#freshUntil = Math.floor(schedule.renewFrom - EPOCH);
    }
    this.#setbacks = undefined;
    if (granted.shared) {
      this.observer.pickedUp(client);
      return;
    }
    const { expiresAt, scopes, extra } = token;
    await this.observer.renewed({ client, expiresAt, scopes, extra, first });
  }

  private async failed(client: string, error: NoTokenError): Promise<void> {
    const now = this.clock.now();
    const { token, schedule } = this.#held ?? {};
    const usableUntil = schedule && isAlive(schedule, now) ? token?.expiresAt : undefined;
    this.#setbacks ??= new RenewalBackoff();
    const news = this.#setbacks.note(error, now, usableUntil !== undefined);
    if (news.refused) this.observer.refused(client, news.refused.error, news.refused.endsAt);
    // Only when it starts and when it becomes worse. A caller without a token gets the error itself.
    if (news.trouble === 'renewal' && usableUntil) {
      this.observer.renewalFailing(client, error, usableUntil);
    }
    if (news.trouble === 'ended') this.observer.tokenEnded(client, error);
    await this.observer.failed({ client, error, usableUntil });
  }
}
