import { setTimeout as sleep } from 'node:timers/promises';

/** How long others may join, in milliseconds. */
const GATHER_MS = 15;
/** Values of some kilobytes each: an answer must not become so big that it takes long by itself. */
const MAX_NAMES = 100;

type Found = ReadonlyMap<string, string | undefined>;

/**
 * Reads at once what several look for at about the same time. Where many tokens are waited for, those who wait ask again and
 * again, and one by one that would keep this process and the cache busier than all the rest.
 */
export class BatchedReads {
  #names = new Set<string>();
  #found: Promise<Found> | undefined;

  /** @param readMany answers in the same order, with nothing at all where it cannot */
  constructor(
    private readonly readMany: (
      names: readonly string[],
    ) => Promise<readonly (string | undefined | null)[] | undefined>,
  ) {}

  /** Never throws, as long as `readMany` does not. */
  async read(name: string): Promise<string | undefined> {
    this.#names.add(name);
    const found = (this.#found ??= this.readSoon(this.#names));
    if (this.#names.size >= MAX_NAMES) this.begin();
    return (await found).get(name);
  }

  private async readSoon(names: ReadonlySet<string>): Promise<Found> {
    await sleep(GATHER_MS);
    if (names === this.#names) this.begin();
    const list = [...names];
    const values = (await this.readMany(list)) ?? [];
    return new Map(list.map((name, index) => [name, values[index] ?? undefined]));
  }

  private begin(): void {
    this.#names = new Set();
    this.#found = undefined;
  }
}
