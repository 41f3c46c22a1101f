import { LRUCache } from 'lru-cache';
import { atMost } from '../common/at-most.js';
import type { UserReference } from '../common/current-request.js';
import { digestOf } from '../common/digest.js';
import { SingleFlight } from '../common/single-flight.js';
import type { GrantedToken } from '../authorization-server/granted-token.js';
import type { TokenRequest } from '../authorization-server/token-request.js';
import { NoTokenError } from '../authorization-server/errors.js';
import { ReauthenticationRequiredError } from './user-token.errors.js';
import type { IssuedToken } from '../authorization-server/issued-token.js';
import type { TokenClientRegistry } from '../token-client/token-client.registry.js';
import { isAbout } from './refreshed-id-token.js';
import { RefreshRequests } from './refresh-requests.js';
import { TakenError, type RefreshTurn } from './refresh-lease.js';
import { RefreshTurns, type TurnSettings } from './refresh-coordinator.js';
import { StoredTokenLife } from './stored-token-life.js';
import { UserRejections } from './user-rejections.js';
import { refreshed, storedFor, without } from './user-token-record.js';
import type { UserTokenRecord } from './user-token.store.js';
import type { UserTokenWriter } from './user-token-writer.js';
import {
  flightKey,
  handOut,
  isGone,
  isUnwanted,
  publicly,
  reauthentication,
  refusedByServer,
  UserGoneError,
  type UserWish,
} from './user-token-lookup.js';

const MAX_SPENT = 10_000;
const ENDED = 'the session at the authorization server has ended';
const NOT_ACCEPTED = 'the authorization server does not accept the refresh token';
/** How long to look for what a peer may have got, after the server refused what we had. */
const PEER_WAITS_MS = [100, 500];

/** What is needed of the registry. */
type UserTokenRuntime = Pick<
  TokenClientRegistry,
  'endpoint' | 'observer' | 'refreshBeforeMs' | 'settings' | 'work'
>;

/** What came of an attempt: a token, a refused refresh token, or nothing while somebody else is at it or came in between. */
type Step = { readonly token: IssuedToken } | { readonly refused: string } | 'taken' | 'again';

/**
 * The tokens of users: handed out as long as they live, refreshed in time. A refresh token is spent by one
 * at a time, and what it brings is stored before anybody gets to use it.
 */
export class UserTokens {
  readonly #flights = new SingleFlight<IssuedToken>();
  readonly #turns: RefreshTurns;
  readonly #requests: RefreshRequests;
  readonly #life: StoredTokenLife;
  /** Hashes of refresh tokens that the server has refused: not to be shown to it again, whatever the store says. */
  readonly #spent = new LRUCache<string, true>(atMost(MAX_SPENT));
  readonly #rejections: UserRejections;

  constructor(
    private readonly writer: UserTokenWriter,
    private readonly runtime: UserTokenRuntime,
    turns: TurnSettings,
  ) {
    this.#turns = new RefreshTurns(writer, turns);
    this.#requests = new RefreshRequests(runtime);
    this.#rejections = new UserRejections(runtime.settings.clock, runtime.observer);
    this.#life = new StoredTokenLife(runtime.refreshBeforeMs, runtime.settings.clock);
  }

  /** @throws {ReauthenticationRequiredError} there is nothing to be had without the user */
  async get(given: UserWish): Promise<IssuedToken> {
    const record = await this.writer.readOf(given.user);
    const token = record && storedFor(record, given.request);
    const joins = () => this.#flights.has(flightKey(given, true));
    const wish = this.#rejections.heed(given, token, joins);
    if (token && !this.#life.isDue(token, wish)) return handOut(token, wish);
    const usable = token !== undefined && this.#life.isAlive(token) && !isUnwanted(token, wish);
    // Where the token lives, nobody waits for another replica that renews it.
    const patient = !usable;
    try {
      return await this.#flights.run(flightKey(wish, patient), () =>
        // Whoever waits may leave; a refresh token that is on its way may not be lost.
        this.runtime.work.run(this.#turns.limitMs, (signal) =>
          this.#turns.run(
            { user: wish.user.key, patient, signal, settled: () => this.isSettled(wish) },
            (turn) => this.renew(wish, turn),
          ),
        ),
      );
    } catch (error) {
      if (usable && this.#life.isAlive(token) && !isGone(error)) return handOut(token, wish);
      // It has ended in this very moment, so now it is worth waiting.
      if (error instanceof TakenError) return this.get(wish);
      throw publicly(error, wish);
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
      const token = record && storedFor(record, request);
      if (!token) return;
      const next = (current: UserTokenRecord) => without(current, token);
      await this.writer.replace(user.key, { from: record, next, always: true });
    });
  }

  /** Begins no refresh any more, and waits for those under way. */
  close(): Promise<void> {
    return this.#turns.close();
  }

  /** Whether another replica has done what we wait for, or there is nothing to be done any more. */
  private async isSettled(wish: UserWish): Promise<boolean> {
    try {
      const record = await this.writer.read(wish.user.key);
      const token = record && storedFor(record, wish.request);
      return !record || record.ended || (token !== undefined && !this.#life.isDue(token, wish));
    } catch {
      return false;
    }
  }

  private async renew(wish: UserWish, turn: RefreshTurn): Promise<IssuedToken> {
    const user = wish.user.key;
    for (;;) {
      const step = await this.#turns.exclusively(user, () => this.attempt(wish, turn));
      if (step === 'taken') await turn.rest();
      if (typeof step === 'string') continue;
      if ('token' in step) return step.token;
      const current = await this.afterPeers(step.refused, wish, turn);
      if (current.refreshToken !== step.refused) continue;
      await this.end(current, wish);
      turn.done();
      const error = refusedByServer(wish, NOT_ACCEPTED);
      await this.report(wish, error);
      throw error;
    }
  }

  /** Reads, decides, notes, spends and writes, with nobody of this process in between. */
  private async attempt(wish: UserWish, turn: RefreshTurn): Promise<Step> {
    const record = await this.existing(wish);
    const token = storedFor(record, wish.request);
    // Somebody else may have renewed it while we waited.
    if (token && !this.#life.isDue(token, wish)) return { token: await handOut(token, wish) };
    const refreshToken = await this.spendable(record, wish);
    this.#requests.checkPause(refreshToken, wish);
    const claimed = await turn.claim(record);
    if (claimed === 'taken') return claimed;
    if (!claimed) return 'again';
    const granted = await this.#requests.spend(refreshToken, wish).catch(async (error: unknown) => {
      try {
        if (error instanceof NoTokenError) await this.report(wish, error);
      } finally {
        await turn.giveUp();
      }
      throw error;
    });
    if (granted) {
      turn.done();
      return { token: await this.keep(claimed, granted, wish) };
    }
    this.#spent.set(digestOf(refreshToken), true);
    return { refused: refreshToken };
  }

  /** Refused because a peer has used it? What the peer got is there now, or will be in a moment. */
  private async afterPeers(
    refreshToken: string,
    wish: UserWish,
    turn: RefreshTurn,
  ): Promise<UserTokenRecord> {
    let current = await this.existing(wish);
    for (const wait of PEER_WAITS_MS) {
      if (current.refreshToken !== refreshToken) break;
      await turn.rest(wait);
      current = await this.existing(wish);
    }
    return current;
  }

  private async existing({ client, user }: UserWish): Promise<UserTokenRecord> {
    const record = await this.writer.readOf(user);
    if (record) return record;
    throw new ReauthenticationRequiredError(client, 'no tokens are stored for the user');
  }

  private async spendable(record: UserTokenRecord, wish: UserWish): Promise<string> {
    const { ended, refreshToken } = record;
    if (refreshToken === undefined && !ended) {
      throw reauthentication(wish, 'the token has ended, and there is no refresh token');
    }
    const over = refreshToken === undefined || this.#spent.has(digestOf(refreshToken));
    if (!ended && !over) return refreshToken;
    if (wish.rejected) await this.end(record, wish);
    throw refusedByServer(wish, ended ? ENDED : NOT_ACCEPTED);
  }

  /**
   * Marks that nothing can be had any more without the user. The token that an API refused is as dead as the refresh token,
   * however young it looks.
   */
  private async end(record: UserTokenRecord, wish: UserWish): Promise<void> {
    const token = storedFor(record, wish.request);
    const dead = token !== undefined && token.accessToken === wish.rejected?.accessToken;
    if (record.ended && !dead) return;
    const left = dead ? without(record, token) : record;
    await this.writer.end(wish.user.key, left, record.version);
  }

  private async keep(
    record: UserTokenRecord,
    granted: GrantedToken,
    wish: UserWish,
  ): Promise<IssuedToken> {
    if (!isAbout(granted.idToken, record, wish.request.credentials.clientId)) {
      await this.writer.end(wish.user.key, record);
      throw new UserGoneError('the refreshed ID token is about somebody else');
    }
    const next = (current: UserTokenRecord) =>
      refreshed(current, granted, wish.request, this.runtime.settings.clock.now(), wish.rejected);
    // Signed out meanwhile: what came too late is not left lying about.
    const late = granted.refreshToken ?? record.refreshToken;
    const tooLate = () => this.#requests.giveBack(late, wish);
    const outcome = await this.writer.replace(wish.user.key, { from: record, next, tooLate });
    if (outcome === 'gone') throw new UserGoneError('the user has signed out');
    const { expiresAt, scopes, extra } = granted.token;
    const renewed = { client: wish.client, expiresAt, scopes, extra, first: false };
    await this.runtime.observer.renewed(renewed);
    return granted.token;
  }

  /** Tells the application, with how long the token at hand still lives. */
  private async report(wish: UserWish, error: NoTokenError): Promise<void> {
    const { client, user, request } = wish;
    const record = await this.writer.read(user.key);
    const token = record && storedFor(record, request);
    const usableUntil = token && this.#life.isAlive(token) ? new Date(token.expiresAt) : undefined;
    await this.runtime.observer.failed({ client, error, usableUntil });
  }
}
