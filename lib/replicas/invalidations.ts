import { randomUUID } from 'node:crypto';
import { every, type Clock } from '../common/clock.js';
import { digestOf } from '../common/digest.js';
import { remainingMs } from '../common/remaining.js';
import type { SharedCache } from './shared-cache.js';

/** How often replicas look, so that all have seen it within a second. */
const POLL_MS = 500;
/** Longer than any token is kept. */
const TTL_MS = 25 * 60 * 60 * 1000;
/** How long a version is good for before it is written once more: half its time, so that none ends while a replica runs. */
const KEEP_MS = TTL_MS / 2;

/**
 * Lets every replica know that the tokens of a named client are not to be used any more: a version for each client in the
 * shared cache, part of the name under which its tokens are kept there. Every replica looks twice a second. A message to
 * all (pub/sub) would be faster, but is lost by whoever is not connected at that moment, and few backends have it.
 */
export class Invalidations {
  readonly #versions = new Map<string, string>();
  /** How often the tokens of a client were invalidated, as far as it is known here. */
  readonly #counts = new Map<string, number>();
  /** What the cache has not been told yet. */
  readonly #unsent = new Set<string>();
  /** What it could not be told at once. */
  readonly #late = new Set<string>();
  /** What it has forgotten, and is told again. */
  readonly #forgotten = new Set<string>();
  /** Until when nobody needs to write a version again. Not known of those that were there before this replica. */
  readonly #freshUntil = new Map<string, number>();
  #known = false;
  /** Whether it was tried once, so that whatever differs from now on is news. */
  #tried = false;
  #looking: Promise<boolean> | undefined;
  #stop: (() => void) | undefined;

  /**
   * @param application whose clients these are: another one may have a client of the same name
   * @param clients the names of all clients
   * @param invalidated is told that another replica has invalidated a client
   */
  constructor(
    private readonly cache: SharedCache,
    private readonly application: string,
    private readonly clients: () => readonly string[],
    private readonly invalidated: (client: string) => void,
    private readonly clock: Clock,
  ) {}

  /** Whether the versions are known. Begins to look with the first call. */
  async ready(): Promise<boolean> {
    this.#stop ??= every(this.clock, POLL_MS, () => void this.look());
    return this.#known || this.look();
  }

  /** What a name in the cache has to hold, so that nothing is found there that was invalidated. */
  versionsOf(clients: readonly string[]): string[] {
    return clients.map((client) => this.#versions.get(client) ?? '').filter(Boolean);
  }

  /** How often the tokens of a client were invalidated since the start, here or by others. */
  countOf(client: string): number {
    return this.#counts.get(client) ?? 0;
  }

  /** Lets all replicas know. Where the cache cannot be told now, it is as soon as it answers. */
  async announce(client: string): Promise<void> {
    this.count(client);
    this.#unsent.add(client);
    await this.send();
    if (this.#unsent.size > 0) void this.ready();
  }

  close(): void {
    this.#stop?.();
  }

  private async send(): Promise<void> {
    await Promise.all([...this.#unsent].map((client) => this.tell(client)));
  }

  private async tell(client: string): Promise<void> {
    // Another one with each attempt: clients of Redis keep commands while it is away. One that runs late may take the place
    // of what was told meanwhile, and whoever had seen its version before that would not notice.
    const version = after(this.#versions.get(client), randomUUID());
    this.#versions.set(client, version);
    const sent = await this.cache.write(this.keyOf(client), version, TTL_MS);
    if (!sent) this.#late.add(client);
    if (!sent || this.#versions.get(client) !== version) return;
    this.#unsent.delete(client);
    this.noteFresh(client);
    // It may have taken the place of what another replica has told meanwhile, which nobody can read any more.
    if (this.#late.delete(client)) this.drop(client);
  }

  /** Never throws: nobody may be there who hears it, and the next look is not far. */
  private look(): Promise<boolean> {
    this.#looking ??= this.lookNow()
      .catch(() => false)
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** @returns whether the cache answered */
  private async lookNow(): Promise<boolean> {
    await this.send();
    const answered = await this.compare();
    this.#tried = true;
    this.#known ||= answered;
    return answered;
  }

  private async compare(): Promise<boolean> {
    const clients = this.clients();
    const before = clients.map((client) => this.#versions.get(client));
    const found = await this.cache.readMany(clients.map((client) => this.keyOf(client)));
    if (!found) return false;
    const changes = clients.map(async (client, index) => {
      const version = found[index];
      if (version !== undefined) this.#forgotten.delete(client);
      // What was read before our own announcement says nothing about it.
      const overtaken = this.#versions.get(client) !== before[index] || this.#unsent.has(client);
      if (!overtaken && version !== null) await this.hear(client, version);
    });
    await Promise.all(changes);
    return true;
  }

  /** @param version what is in the cache */
  private async hear(client: string, version: string | undefined): Promise<void> {
    const known = this.#versions.get(client);
    if (version === known) return this.keep(client, version);
    if (version === undefined) return this.restore(client, known);
    if (numberOf(version) >= numberOf(known)) return this.accept(client, version);
    // The cache has come back as it was a while ago, and with it what was invalidated since.
    const next = after(known, digestOf([known, 'returned']));
    this.accept(client, next);
    await this.cache.replace(this.keyOf(client), version, next, TTL_MS);
  }

  /**
   * A version was forgotten or taken away. Whatever it had put out of use may be back, so another takes its place, which all
   * who knew it agree on: they drop their tokens once, and share again at once.
   */
  private async restore(client: string, known = ''): Promise<void> {
    const again = this.#forgotten.has(client);
    const version = again ? known : after(known, digestOf([known, 'forgotten']));
    this.#forgotten.add(client);
    if (!again) this.accept(client, version);
    // One of those who knew it may have told something new meanwhile, which has to stay.
    await this.cache.replace(this.keyOf(client), undefined, version, TTL_MS);
  }

  /**
   * Writes a version again before it ends: once it has, `restore` would put another in its place, and everybody would drop
   * tokens that are good. All replicas do so, at about the same time, as each may be the last one.
   */
  private async keep(client: string, version: string | undefined): Promise<void> {
    const left = remainingMs(this.#freshUntil.get(client) ?? 0, this.clock.now(), KEEP_MS);
    if (version === undefined || left > 0) return;
    const key = this.keyOf(client);
    if (await this.cache.replace(key, version, version, TTL_MS)) this.noteFresh(client);
  }

  private accept(client: string, version: string): void {
    this.#versions.set(client, version);
    if (!this.#tried) return;
    this.noteFresh(client);
    this.drop(client);
  }

  private drop(client: string): void {
    this.count(client);
    this.invalidated(client);
  }

  private count(client: string): void {
    this.#counts.set(client, this.countOf(client) + 1);
  }

  private noteFresh(client: string): void {
    this.#freshUntil.set(client, this.clock.now() + KEEP_MS);
  }

  private keyOf(client: string): string {
    return `version:${digestOf([this.application, client])}`;
  }
}

/** The version that follows another: whoever sees a lower number than it knows sees the past. */
function after(version: string | undefined, id: string): string {
  return `${numberOf(version) + 1}.${id}`;
}

/** None where somebody else has written it. */
function numberOf(version = ''): number {
  return Number(/^(\d{1,12})\./.exec(version)?.[1] ?? 0);
}
