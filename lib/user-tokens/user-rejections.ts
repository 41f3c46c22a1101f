import { LRUCache } from 'lru-cache';
import { atMost } from '../common/at-most.js';
import type { Clock } from '../common/clock.js';
import { rejectedUntil, Rejections } from '../authorization-server/rejections.js';
import type { TokenObserver } from '../observability/token-observer.js';
import type { StoredAccessToken } from './user-token.store.js';
import { flightKey, type UserTokenLookup } from './user-token-lookup.js';

const MAX_REMEMBERED = 10_000;

/** How far users are heard whose tokens APIs refuse. */
export class UserRejections {
  readonly #limits: Rejections;
  /** What is kept with a token counts the refreshes that went well; this also those that failed. */
  readonly #tried = new LRUCache<string, number>(atMost(MAX_REMEMBERED));

  constructor(
    private readonly clock: Clock,
    private readonly observer: TokenObserver,
  ) {
    this.#limits = new Rejections(clock);
  }

  /**
   * A lookup, without another token for the one that was refused where there were too many of late.
   *
   * @param token the one at hand
   * @param joins whether somebody is getting another one already
   */
  heed(
    lookup: UserTokenLookup,
    token: StoredAccessToken | undefined,
    joins: () => boolean,
  ): UserTokenLookup {
    const { client, user, rejected } = lookup;
    if (!token || token.accessToken !== rejected?.accessToken || joins()) return lookup;
    const key = flightKey(lookup, true);
    const until = Math.max(token.rejectedUntil ?? 0, this.#tried.get(key) ?? 0);
    if (this.#limits.take(until, { client, user: user.key })) {
      this.#tried.set(key, rejectedUntil(until, this.clock.now()));
      return lookup;
    }
    this.observer.rejectedAgain(client);
    return { ...lookup, rejected: undefined };
  }
}
