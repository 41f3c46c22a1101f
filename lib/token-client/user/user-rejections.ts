import type { Clock } from '../../common/clock.js';
import { Rejections } from '../acquisition/rejections.js';
import type { TokenObserver } from '../observability/token-observer.js';
import type { StoredAccessToken } from './user-token.store.js';
import type { UserWish } from './user-wish.js';

/** How far users are heard whose tokens APIs refuse. */
export class UserRejections {
  readonly #limits: Rejections;

  constructor(
    clock: Clock,
    private readonly observer: TokenObserver,
  ) {
    this.#limits = new Rejections(clock);
  }

  /**
   * A wish, without another token for the one that was refused where there were too many of late.
   *
   * @param token the one at hand
   * @param joins whether somebody is getting another one already
   */
  heed(wish: UserWish, token: StoredAccessToken | undefined, joins: () => boolean): UserWish {
    const { client, user, rejected } = wish;
    if (!token || token.accessToken !== rejected?.accessToken || joins()) return wish;
    if (this.#limits.take(token.rejectedUntil, { client, user: user.key })) return wish;
    this.observer.rejectedAgain(client);
    return { ...wish, rejected: undefined };
  }
}
