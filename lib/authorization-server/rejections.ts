import { LRUCache } from 'lru-cache';
import { atMost } from '../common/at-most.js';
import { Budget } from '../common/budget.js';
import type { Clock } from '../common/clock.js';

/** Renewals that refusing APIs may cause in a row for one token, and how soon each comes back. */
const IN_A_ROW = 5;
const INTERVAL_MS = 5_000;
/** The same for all tokens of one user: how many, and how soon. */
const OF_USER = [15, 1_000] as const;
/** For all of a client: for tokens that nobody has refused of late, and apart from them for those refused again and again. */
const OF_CLIENT = { first: [50, 50], again: [20, 200] } as const;
const MAX_REMEMBERED = 10_000;

/** Whose renewal it would be. */
export interface Rejected {
  /** The named client whose call was refused. */
  readonly client: string;
  /** In whose name the call was made, if anybody's. */
  readonly user?: string | undefined;
}

/**
 * Bounds what APIs that go on refusing can cause: the renewals of one token, of all tokens of a user, and of all users of
 * a client together. A user whose token is refused for the first time stands in no line with those whose tokens always are.
 */
export class Rejections {
  readonly #users = new LRUCache<string, Budget>(atMost(MAX_REMEMBERED));
  /** By names of clients, which are as many as there are options. */
  readonly #clients = new Map<string, { readonly first: Budget; readonly again: Budget }>();

  constructor(private readonly clock: Clock) {}

  /**
   * Whether a token may be renewed because it was refused. Takes from all budgets, or from none.
   *
   * @param until what {@link rejectedUntil} said last time
   */
  take(until: number | undefined, { client, user }: Rejected): boolean {
    const owed = owedMs(until, this.clock.now());
    if (owed > (IN_A_ROW - 1) * INTERVAL_MS) return false;
    const { first, again } = this.ofClient(client);
    const budgets = [owed === 0 ? first : again];
    if (user !== undefined) budgets.push(this.ofUser(user));
    if (!budgets.every(({ available }) => available)) return false;
    for (const budget of budgets) budget.take();
    return true;
  }

  private ofUser(user: string): Budget {
    const known = this.#users.get(user);
    if (known) return known;
    const budget = new Budget(this.clock, ...OF_USER);
    this.#users.set(user, budget);
    return budget;
  }

  private ofClient(client: string): { readonly first: Budget; readonly again: Budget } {
    const known = this.#clients.get(client);
    if (known) return known;
    const { first, again } = OF_CLIENT;
    const total = {
      first: new Budget(this.clock, ...first),
      again: new Budget(this.clock, ...again),
    };
    this.#clients.set(client, total);
    return total;
  }
}

/**
 * Up to when the renewals that refusing APIs have caused count against a token, with one more at this moment. All that has
 * to be known of them, so that it can be kept with the token, and replicas that share the token share the count.
 */
export function rejectedUntil(until: number | undefined, now: number): number {
  return now + owedMs(until, now) + INTERVAL_MS;
}

/** Never more than a whole row: the clock that said so may have been another. */
function owedMs(until = 0, now: number): number {
  return Math.min(Math.max(until - now, 0), IN_A_ROW * INTERVAL_MS);
}
