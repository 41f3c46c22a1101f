import type { GrantedToken } from '../authorization-server/granted-token.js';
import { isRefreshTokenOver } from '../authorization-server/negative-cache.js';
import type { UserTokenRuntime } from './user-token.runtime.js';
import { refreshOf, type UserTokenLookup } from './user-token-lookup.js';

/** What is asked of the authorization server about the refresh token of a user. */
export class RefreshRequests {
  constructor(private readonly runtime: Pick<UserTokenRuntime, 'endpoint' | 'observer'>) {}

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
}
