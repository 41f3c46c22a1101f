import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import { atMost } from '../../common/at-most.js';
import { Budget } from '../../common/budget.js';
import { LogThrottle } from '../../common/log-throttle.js';
import { SingleFlight } from '../../common/single-flight.js';
import type { ResolvedIssuer } from '../options/resolved-issuer.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { FetchLimits } from '../keys/fetch-limits.js';
import { keySourceFor } from '../keys/key-source.factory.js';
import type { DecodedToken } from '../verification/decode-token.js';
import { LookUps } from './look-ups.js';
import { StrangerBudget, type StrangerPermit } from './stranger-budget.js';
import { TRUST_MS, TrustedIssuer } from './trusted-issuer.js';

/** How many are kept of those that were looked up: without, and with a token whose signature was good. */
const MAX_STRANGERS = 1_000;
const MAX_PROVEN = 5_000;
/** Fetches that unknown key ids may cause, of all issuers together; a key that is found does not count. */
const UNKNOWN_KID_FETCHES = { inARow: 20, refillMs: 300 };
/** Other fetches of keys of issuers from which no good token has come yet; the first is in the budget of look-ups. */
const STRANGER_LOADS = { inARow: 20, refillMs: 300 };
const MAX_LINES = 20;

/** What is known of an issuer that was looked up. */
interface Standing {
  isProven: boolean;
  permit: StrangerPermit | undefined;
}

/**
 * The issuers that the option `resolveIssuer` knows. Whoever makes tokens up can name as many of them as there are, so those
 * from which a good token has come have a place of their own, and what the others cost has one budget.
 */
export class ResolvedIssuers {
  private readonly strangers = new LRUCache<string, TrustedIssuer>(atMost(MAX_STRANGERS));
  private readonly proven = new LRUCache<string, TrustedIssuer>(atMost(MAX_PROVEN));
  private readonly standings = new WeakMap<TrustedIssuer, Standing>();
  private readonly flights = new SingleFlight<TrustedIssuer | undefined>();
  private readonly throttle: LogThrottle;
  private readonly lookUps: LookUps;
  private readonly unknownKids: StrangerBudget;
  private readonly loads: Budget;

  /**
   * @param clockThrottle shared by all issuers of the application
   * @param end aborted when the application has ended
   */
  constructor(
    private readonly options: ResolvedOptions,
    private readonly clockThrottle: LogThrottle,
    private readonly end: AbortSignal,
  ) {
    const { clock } = options;
    this.throttle = new LogThrottle(clock, undefined, MAX_LINES);
    this.lookUps = new LookUps(options, this.throttle, end);
    const { inARow, refillMs } = UNKNOWN_KID_FETCHES;
    this.unknownKids = new StrangerBudget(clock, inARow, refillMs);
    this.loads = new Budget(clock, STRANGER_LOADS.inARow, STRANGER_LOADS.refillMs);
  }

  /** The issuer, if it was looked up within the last minutes. */
  known(iss: string): TrustedIssuer | undefined {
    const issuer = this.kept(iss);
    return issuer?.isTrusted(this.options.clock.now()) ? issuer : undefined;
  }

  /** Whether a good token of this issuer has come of late. */
  isProven(iss: string): boolean {
    return this.proven.has(iss);
  }

  /**
   * Looks an issuer up.
   *
   * @returns nothing when it is not trusted
   * @throws {KeysUnavailableError} when that cannot be known: the look-up fails, or there are too many
   */
  async lookUp(iss: string, decoded: DecodedToken): Promise<TrustedIssuer | undefined> {
    if (this.lookUps.isUntrusted(iss)) return undefined;
    return this.flights.run(iss, async () => {
      if (this.proven.has(iss)) return this.renew(iss, await this.lookUps.ask(iss));
      return this.lookUps.stranger(iss, async (rules, permit) => {
        const issuer = this.renew(iss, rules, permit);
        await issuer?.prepareFor(decoded, this.options.clock.now());
        return issuer;
      });
    });
  }

  /** A token of this issuer has a good signature: from now on no flood of names can push it out. */
  prove(issuer: TrustedIssuer): void {
    const standing = this.standings.get(issuer);
    if (!standing || standing.isProven) return;
    standing.isProven = true;
    standing.permit?.giveBack();
    const { issuer: iss } = issuer.rules;
    // Other rules may have come meanwhile.
    if ((this.kept(iss) ?? issuer) !== issuer) return;
    this.strangers.delete(iss);
    this.proven.set(iss, issuer);
  }

  private kept(iss: string): TrustedIssuer | undefined {
    return this.proven.get(iss) ?? this.strangers.get(iss);
  }

  private renew(
    iss: string,
    rules: ResolvedIssuer | undefined,
    permit?: StrangerPermit,
  ): TrustedIssuer | undefined {
    const before = this.kept(iss);
    const until = this.options.clock.now() + TRUST_MS;
    if (before && isDeepStrictEqual(before.rules, rules)) {
      before.trustUntil(until);
      const standing = this.standings.get(before);
      if (standing) standing.permit = permit;
      return before;
    }
    // What was verified by other rules, or for an issuer that is trusted no longer, is not good any more.
    before?.trustUntil(0);
    const wasProven = this.proven.delete(iss);
    this.strangers.delete(iss);
    if (!rules) return undefined;
    const issuer = this.trust(rules, { isProven: wasProven, permit });
    issuer.trustUntil(until);
    (wasProven ? this.proven : this.strangers).set(iss, issuer);
    return issuer;
  }

  private trust(rules: ResolvedIssuer, standing: Standing): TrustedIssuer {
    const limits: FetchLimits = {
      permit: (name) => this.unknownKids.take(name),
      mayLoad: () => standing.isProven || this.loads.take(),
    };
    const { clock } = this.options;
    const { throttle, clockThrottle, end } = this;
    const context = { clock, throttle, clockThrottle, limits, end };
    const issuer = new TrustedIssuer(rules, keySourceFor(rules, context), clock);
    this.standings.set(issuer, standing);
    return issuer;
  }
}
