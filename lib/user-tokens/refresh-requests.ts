import type { GrantedToken } from '../authorization-server/granted-token.js';
import { isRefreshTokenOver } from '../authorization-server/negative-cache.js';
import type { TokenClientRegistry } from '../token-client/token-client.registry.js';
import { refreshOf, type UserWish } from './user-token-lookup.js';

/** What is asked of the authorization server about the refresh token of a user. */
export class RefreshRequests {
  constructor(private readonly runtime: Pick<TokenClientRegistry, 'endpoint' | 'observer'>) {}

  /** @throws {NoTokenError} while the server, or that user, is left alone */
  checkPause(refreshToken: string, wish: UserWish): void {
    const paused = this.runtime.endpoint.paused(refreshOf(wish, refreshToken));
    if (paused) throw paused;
  }

  /** What the refresh token brings; nothing where the server does not accept it. */
  async spend(refreshToken: string, wish: UserWish): Promise<GrantedToken | undefined> {
    const request = refreshOf(wish, refreshToken);
    const measured = { client: wish.client, grant: request.grant.type };
    try {
      return await this.runtime.observer.request(measured, (within) =>
        this.runtime.endpoint.request(request, wish.client, within),
      );
    } catch (error) {
      if (isRefreshTokenOver(error)) return undefined;
      throw error;
    }
  }

  /** Revokes what nobody will use any more. That it cannot be revoked is no reason for anything else to fail. */
  async giveBack(refreshToken: string | undefined, { request, client }: UserWish): Promise<void> {
    if (refreshToken === undefined) return;
    await this.runtime.endpoint
      .revoke(request, refreshToken, 'refresh_token', client)
      .catch(() => undefined);
  }
}
