import type { Clock } from '../common/clock.js';
import type { StoredAccessToken } from './user-token.store.js';
import { isRejected, type UserTokenLookup } from './user-token-lookup.js';

/** How far the clocks of replicas may be apart, before a token of another looks like one from the future. */
const CLOCK_SKEW_MS = 30_000;

/** Whether a token that is kept for a user is still good, and for how long nobody has to renew it. */
export class StoredTokenLife {
  /** @param refreshBeforeMs how long before its end a token is due, or a fifth of its life if that is shorter */
  constructor(
    private readonly refreshBeforeMs: number,
    private readonly clock: Clock,
  ) {}

  isDue(token: StoredAccessToken, lookup: UserTokenLookup): boolean {
    const { requestedAt, expiresAt } = token;
    const window = Math.min(this.refreshBeforeMs, (expiresAt - requestedAt) / 5);
    return (
      isRejected(token, lookup) || !this.isAlive(token) || this.clock.now() >= expiresAt - window
    );
  }

  /** A clock that was set back says nothing about how long the token lives, so the token is not used. */
  isAlive({ requestedAt, expiresAt }: StoredAccessToken): boolean {
    const now = this.clock.now();
    return now >= requestedAt - CLOCK_SKEW_MS && now < expiresAt;
  }
}
