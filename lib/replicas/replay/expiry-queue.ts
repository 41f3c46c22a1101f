/** A key, and when it is over, in milliseconds since the epoch. */
export interface Expiry {
  readonly key: string;
  readonly atMs: number;
}

/** Knows what is over first: a binary heap, so that neither adding nor taking ever looks at all of it. */
export class ExpiryQueue {
  readonly #heap: Expiry[] = [];

  get size(): number {
    return this.#heap.length;
  }

  add(added: Expiry): void {
    let place = this.#heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.#heap[parent];
      if (!above || above.atMs <= added.atMs) break;
      this.#heap[place] = above;
      place = parent;
    }
    this.#heap[place] = added;
  }

  /** Takes out the one that is over first, if it is over. */
  takeOver(nowMs: number): Expiry | undefined {
    const first = this.#heap[0];
    if (!first || first.atMs > nowMs) return undefined;
    const last = this.#heap.pop();
    if (last && last !== first) this.sink(last);
    return first;
  }

  /** Finds the place of one that replaces the first. */
  private sink(moved: Expiry): void {
    let place = 0;
    for (;;) {
      const [left, right] = [this.#heap[2 * place + 1], this.#heap[2 * place + 2]];
      const isRight = left !== undefined && right !== undefined && right.atMs < left.atMs;
      const below = isRight ? right : left;
      if (!below || below.atMs >= moved.atMs) break;
      this.#heap[place] = below;
      place = 2 * place + (isRight ? 2 : 1);
    }
    this.#heap[place] = moved;
  }
}
