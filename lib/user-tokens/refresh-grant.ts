import type { GrantedToken } from '../authorization-server/granted-token.js';
import { isRefreshTokenOver } from '../authorization-server/negative-cache.js';
import type { UserTokenRuntime } from './user-token.runtime.js';
import { refreshOf, UserGoneError, type UserTokenLookup } from './user-token-lookup.js';
import type { NoTokenError } from '../authorization-server/errors.js';
import type { IssuedToken } from '../authorization-server/issued-token.js';
import { isSameUser } from './refreshed-id-token.js';
import type { StoredTokenLife } from './stored-token-life.js';
import { afterRefresh, findStoredToken } from './user-token-record.js';
import type { UserTokenRecord } from './user-token.store.js';
import type { UserTokenWriter } from './user-token-writer.js';

/** The refresh grant of a user (RFC 6749 section 6): what is spent, what it brings, and who is told. */
export class RefreshGrant {
  constructor(
    private readonly writer: UserTokenWriter,
    private readonly runtime: UserTokenRuntime,
    private readonly life: StoredTokenLife,
  ) {}

  /** @throws {NoTokenError} while the server, or that user, is left alone */
  checkPause(refreshToken: string, lookup: UserTokenLookup): void {
    const paused = this.runtime.endpoint.paused(refreshOf(lookup, refreshToken));
    if (paused) throw paused;
  }

  /** What the refresh token brings; nothing where the server does not accept it. */
  async spend(refreshToken: string, lookup: UserTokenLookup): Promise<GrantedToken | undefined> {
    const request = refreshOf(lookup, refreshToken);
    const measured = { client: lookup.client, grant: request.grant.type };
    try {
      return await this.runtime.observer.request(measured, (within) =>
        this.runtime.endpoint.request(request, lookup.client, within),
      );
    } catch (error) {
      if (isRefreshTokenOver(error)) return undefined;
      throw error;
    }
  }

  /** Revokes what nobody will use any more. That it cannot be revoked is no reason for anything else to fail. */
  async giveBack(
    refreshToken: string | undefined,
    { request, client }: UserTokenLookup,
  ): Promise<void> {
    if (refreshToken === undefined) return;
    await this.runtime.endpoint
      .revoke(request, refreshToken, 'refresh_token', client)
      .catch(() => undefined);
  }

  /**
   * Stores what a refresh has brought, before anybody gets to use it.
   *
   * @throws {UserGoneError} it is about somebody else, or the user has signed out
   */
  async keep(
    record: UserTokenRecord,
    granted: GrantedToken,
    lookup: UserTokenLookup,
  ): Promise<IssuedToken> {
    if (!isSameUser(granted.idToken, record, lookup.request.credentials.clientId)) {
      await this.writer.end(lookup.user.key, record);
      throw new UserGoneError('the refreshed ID token is about somebody else');
    }
    const next = (current: UserTokenRecord) =>
      afterRefresh(
        current,
        granted,
        lookup.request,
        this.runtime.settings.clock.now(),
        lookup.rejected,
      );
    // Signed out meanwhile: what came too late is not left lying about.
    const late = granted.refreshToken ?? record.refreshToken;
    const tooLate = () => this.giveBack(late, lookup);
    const outcome = await this.writer.replace(lookup.user.key, { from: record, next, tooLate });
    if (outcome === 'gone') throw new UserGoneError('the user has signed out');
    const { expiresAt, scopes, extra } = granted.token;
    const renewed = { client: lookup.client, expiresAt, scopes, extra, first: false };
    await this.runtime.observer.renewed(renewed);
    return granted.token;
  }

  /** Tells the application, with how long the token at hand still lives. */
  async report(lookup: UserTokenLookup, error: NoTokenError): Promise<void> {
    const { client, user, request } = lookup;
    const record = await this.writer.read(user.key);
    const token = record && findStoredToken(record, request);
    const usableUntil = token && this.life.isAlive(token) ? new Date(token.expiresAt) : undefined;
    await this.runtime.observer.failed({ client, error, usableUntil });
  }
}
