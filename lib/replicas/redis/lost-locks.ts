/** How often they are looked for, in milliseconds. */
const POLL_MS = 200;
/** How often Redis has to say that one is not there. What went down with a connection may still run, after what we ask over the next one. */
const MAX_DENIALS = 5;
/** After a minute, nothing of what Redis was sent before is on its way any more. */
const LIMIT_MS = 60_000;
const MAX_LOCKS = 1_000;

/** A lock that Redis may have given to somebody who does not know. */
interface LostLock {
  readonly name: string;
  readonly owner: string;
  /** Until when it is looked for, by the clock of `performance`. */
  readonly until: number;
  denials: number;
}

/**
 * Locks of which nobody knows whether Redis has given them out or taken them back, as the answer was lost with the
 * connection. Until they end by themselves, everybody would wait for nobody: so they are given back once Redis answers.
 */
export class LostLocks {
  readonly #locks = new Set<LostLock>();
  #looking = false;

  /** @param giveBack what gives a lock back in one step, if it is still of that owner; says whether it was */
  constructor(private readonly giveBack: (name: string, owner: string) => Promise<boolean>) {}

  add(name: string, owner: string): void {
    // With so many, most of them were never given out. The oldest ends first.
    for (const oldest of this.#locks) {
      if (this.#locks.size < MAX_LOCKS) break;
      this.#locks.delete(oldest);
    }
    this.#locks.add({ name, owner, until: performance.now() + LIMIT_MS, denials: 0 });
    this.lookLater();
  }

  private lookLater(): void {
    if (this.#looking) return;
    this.#looking = true;
    setTimeout(() => void this.look(), POLL_MS).unref();
  }

  private async look(): Promise<void> {
    for (const lock of this.#locks) if (performance.now() >= lock.until) this.#locks.delete(lock);
    const [first, ...others] = this.#locks;
    // One asks whether Redis is there: a silent one is not to be asked for all of them again and again.
    if (first && (await this.lookFor(first))) {
      await Promise.all(others.map((lock) => this.lookFor(lock)));
    }
    this.#looking = false;
    if (this.#locks.size > 0) this.lookLater();
  }

  /** @returns whether Redis has answered */
  private async lookFor(lock: LostLock): Promise<boolean> {
    this.#locks.delete(lock);
    const found = await this.giveBack(lock.name, lock.owner).catch(() => undefined);
    if (found === false) lock.denials += 1;
    // Behind the others: in a cluster, it may be another server that answers.
    const isOver = found || lock.denials >= MAX_DENIALS;
    // Others may have come meanwhile.
    if (!isOver && this.#locks.size < MAX_LOCKS) this.#locks.add(lock);
    return found !== undefined;
  }
}
