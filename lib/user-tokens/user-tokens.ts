import { LRUCache } from 'lru-cache';
import { atMost } from '../common/at-most.js';
import type { UserReference } from '../common/current-request.js';
import { digestOf } from '../common/digest.js';
import { SingleFlight } from '../common/single-flight.js';
import type { TokenRequest } from '../authorization-server/token-request.js';
import { NoTokenError } from '../authorization-server/errors.js';
import { ReauthenticationRequiredError } from './user-token.errors.js';
import type { IssuedToken } from '../authorization-server/issued-token.js';
import type { UserTokenRuntime } from './user-token.runtime.js';
import { RefreshGrant } from './refresh-grant.js';
import { RefreshCoordinator } from './refresh-coordinator.js';
import {
  RefreshInProgressError,
  type RefreshLease,
  type RefreshSettings,
} from './refresh-lease.js';
import { StoredTokenLife } from './stored-token-life.js';
import { UserRejections } from './user-rejections.js';
import { findStoredToken, withoutToken } from './user-token-record.js';
import type { UserTokenRecord } from './user-token.store.js';
import type { UserTokenWriter } from './user-token-writer.js';
import {
  flightKey,
  handOut,
  isGone,
  isRejected,
  toPublicError,
  reauthenticationRequired,
  refusedByServer,
  type UserTokenLookup,
} from './user-token-lookup.js';

const MAX_SPENT = 10_000;
const ENDED = 'the session at the authorization server has ended';
const NOT_ACCEPTED = 'the authorization server does not accept the refresh token';
/** How long to look for what a peer may have got, after the server refused what we had. */
const PEER_WAITS_MS = [100, 500];

/** What came of an attempt: a token, a refused refresh token, or nothing while somebody else is at it or came in between. */
type Step = { readonly token: IssuedToken } | { readonly refused: string } | 'taken' | 'again';

/**
 * The tokens of users: handed out as long as they live, refreshed in time. A refresh token is spent by one
 * at a time, and what it brings is stored before anybody gets to use it.
 */
export class UserTokens {
  readonly #flights = new SingleFlight<IssuedToken>();
  readonly #turns: RefreshCoordinator;
  readonly #grant: RefreshGrant;
  readonly #life: StoredTokenLife;
  /** Hashes of refresh tokens that the server has refused: not to be shown to it again, whatever the store says. */
  readonly #spent = new LRUCache<string, true>(atMost(MAX_SPENT));
  readonly #rejections: UserRejections;

  constructor(
    private readonly writer: UserTokenWriter,
    private readonly runtime: UserTokenRuntime,
    turns: RefreshSettings,
  ) {
    this.#turns = new RefreshCoordinator(writer, turns);
    this.#life = new StoredTokenLife(runtime.refreshBeforeMs, runtime.settings.clock);
    this.#grant = new RefreshGrant(writer, runtime, this.#life);
    this.#rejections = new UserRejections(runtime.settings.clock, runtime.observer);
  }

  /** @throws {ReauthenticationRequiredError} there is nothing to be had without the user */
  async get(given: UserTokenLookup): Promise<IssuedToken> {
    const record = await this.writer.readOf(given.user);
    const token = record && findStoredToken(record, given.request);
    const joins = () => this.#flights.has(flightKey(given, true));
    const lookup = this.#rejections.heed(given, token, joins);
    if (token && !this.#life.isDue(token, lookup)) return handOut(token, lookup);
    const usable = token !== undefined && this.#life.isAlive(token) && !isRejected(token, lookup);
    // Where the token lives, nobody waits for another replica that renews it.
    const waitForOthers = !usable;
    try {
      return await this.#flights.run(flightKey(lookup, waitForOthers), () =>
        // Whoever waits may leave; a refresh token that is on its way may not be lost.
        this.runtime.work.run(this.#turns.limitMs, (signal) =>
          this.#turns.run(
            { user: lookup.user.key, waitForOthers, signal, isDone: () => this.isSettled(lookup) },
            (turn) => this.renew(lookup, turn),
          ),
        ),
      );
    } catch (error) {
      if (usable && this.#life.isAlive(token) && !isGone(error)) return handOut(token, lookup);
      // It has ended in this very moment, so now it is worth waiting.
      if (error instanceof RefreshInProgressError) return this.get(lookup);
      throw toPublicError(error, lookup);
    }
  }

  /** Writes the record of a sign-in, after whatever is being written for the user. */
  put(user: UserReference, record: UserTokenRecord): Promise<void> {
    return this.#turns.exclusively(user.key, () => this.writer.put(user, record));
  }

  /** Forgets the access token of a user that answers a request, after whatever is being written for the user. */
  forget(user: UserReference, request: TokenRequest): Promise<void> {
    return this.#turns.exclusively(user.key, async () => {
      const record = await this.writer.readOf(user);
      const token = record && findStoredToken(record, request);
      if (!token) return;
      const next = (current: UserTokenRecord) => withoutToken(current, token);
      await this.writer.replace(user.key, { from: record, next, always: true });
    });
  }

  /** Begins no refresh any more, and waits for those under way. */
  close(): Promise<void> {
    return this.#turns.close();
  }

  /** Whether another replica has done what we wait for, or there is nothing to be done any more. */
  private async isSettled(lookup: UserTokenLookup): Promise<boolean> {
    try {
      const record = await this.writer.read(lookup.user.key);
      const token = record && findStoredToken(record, lookup.request);
      return !record || record.ended || (token !== undefined && !this.#life.isDue(token, lookup));
    } catch {
      return false;
    }
  }

  private async renew(lookup: UserTokenLookup, turn: RefreshLease): Promise<IssuedToken> {
    const user = lookup.user.key;
    for (;;) {
      const step = await this.#turns.exclusively(user, () => this.attempt(lookup, turn));
      if (step === 'taken') await turn.rest();
      if (typeof step === 'string') continue;
      if ('token' in step) return step.token;
      const current = await this.afterPeers(step.refused, lookup, turn);
      if (current.refreshToken !== step.refused) continue;
      await this.end(current, lookup);
      turn.done();
      const error = refusedByServer(lookup, NOT_ACCEPTED);
      await this.#grant.report(lookup, error);
      throw error;
    }
  }

  /** Reads, decides, notes, spends and writes, with nobody of this process in between. */
  private async attempt(lookup: UserTokenLookup, turn: RefreshLease): Promise<Step> {
    const record = await this.existing(lookup);
    const token = findStoredToken(record, lookup.request);
    // Somebody else may have renewed it while we waited.
    if (token && !this.#life.isDue(token, lookup)) return { token: await handOut(token, lookup) };
    const refreshToken = await this.spendable(record, lookup);
    this.#grant.checkPause(refreshToken, lookup);
    const noted = await turn.acquire(record);
    if (noted === 'taken') return noted;
    if (!noted) return 'again';
    const granted = await this.#grant.spend(refreshToken, lookup).catch(async (error: unknown) => {
      try {
        if (error instanceof NoTokenError) await this.#grant.report(lookup, error);
      } finally {
        await turn.giveUp();
      }
      throw error;
    });
    if (granted) {
      turn.done();
      return { token: await this.#grant.keep(noted, granted, lookup) };
    }
    this.#spent.set(digestOf(refreshToken), true);
    return { refused: refreshToken };
  }

  /** Refused because a peer has used it? What the peer got is there now, or will be in a moment. */
  private async afterPeers(
    refreshToken: string,
    lookup: UserTokenLookup,
    turn: RefreshLease,
  ): Promise<UserTokenRecord> {
    let current = await this.existing(lookup);
    for (const wait of PEER_WAITS_MS) {
      if (current.refreshToken !== refreshToken) break;
      await turn.rest(wait);
      current = await this.existing(lookup);
    }
    return current;
  }

  private async existing({ client, user }: UserTokenLookup): Promise<UserTokenRecord> {
    const record = await this.writer.readOf(user);
    if (record) return record;
    throw new ReauthenticationRequiredError(client, 'no tokens are stored for the user');
  }

  private async spendable(record: UserTokenRecord, lookup: UserTokenLookup): Promise<string> {
    const { ended, refreshToken } = record;
    if (refreshToken === undefined && !ended) {
      throw reauthenticationRequired(lookup, 'the token has ended, and there is no refresh token');
    }
    const over = refreshToken === undefined || this.#spent.has(digestOf(refreshToken));
    if (!ended && !over) return refreshToken;
    if (lookup.rejected) await this.end(record, lookup);
    throw refusedByServer(lookup, ended ? ENDED : NOT_ACCEPTED);
  }

  /**
   * Marks that nothing can be had any more without the user. The token that an API refused is as dead as the refresh token,
   * however young it looks.
   */
  private async end(record: UserTokenRecord, lookup: UserTokenLookup): Promise<void> {
    const token = findStoredToken(record, lookup.request);
    const dead = token !== undefined && token.accessToken === lookup.rejected?.accessToken;
    if (record.ended && !dead) return;
    const left = dead ? withoutToken(record, token) : record;
    await this.writer.end(lookup.user.key, left, record.version);
  }
}
