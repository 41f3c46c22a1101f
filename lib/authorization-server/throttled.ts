import type { Clock } from '../common/clock.js';

/** How many users have to be sent away within the time, and none be served, until it is about all of them. */
const USERS = 5;
const WINDOW_MS = 60_000;

/** The users whom a server has sent away for a while, since it last served one. */
export class Throttled {
  readonly #users = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** Notes one more, and says whether it is no longer about single users. */
  isAboutAll(user: string): boolean {
    const now = this.clock.now();
    // Those who came last stand last.
    this.#users.delete(user);
    this.#users.set(user, now);
    for (const [one, at] of this.#users) {
      if (this.#users.size > USERS || Math.abs(now - at) > WINDOW_MS) this.#users.delete(one);
    }
    return this.#users.size >= USERS;
  }
}
