/** Lets work for the same user go one after the other, in the order in which it came. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<unknown>>();

  async run<T>(user: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(user);
    // Whether it went well for whoever was there before is not our business.
    const turn = before ? before.then(work, work) : work();
    this.#tails.set(user, turn);
    try {
      return await turn;
    } finally {
      if (this.#tails.get(user) === turn) this.#tails.delete(user);
    }
  }
}
