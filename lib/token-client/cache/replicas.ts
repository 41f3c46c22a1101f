import type { Logger } from '@nestjs/common';
import type { Clock } from '../../common/clock.js';
import { digestOf } from '../../common/digest.js';
import { kindOfError } from '../../common/kind-of-error.js';
import type { TokenRequest } from '../../authorization-server/token-request.js';
import type { ResolvedClient } from '../options/resolved-client.js';
import { Invalidations } from '../../replicas/invalidations.js';
import { plain, sealerOf, type Sealer } from '../../replicas/key-ring.js';
import type { KeyvLike } from '../../replicas/keyv-like.js';
import { ReplicaLock } from '../../replicas/replica-lock.js';
import { SharedCache } from '../../replicas/shared-cache.js';
import { isShareable, SharedTokens } from './shared-tokens.js';
import type { TokenLock } from '../../replicas/token-lock.js';

/** The options that replicas share by, and those that say which application they are replicas of. */
export interface ReplicaOptions {
  readonly issuer?: string | undefined;
  readonly tokenEndpoint?: string | undefined;
  readonly clientId?: string | undefined;
  readonly tokenCache?: KeyvLike | undefined;
  readonly tokenLock?: TokenLock | undefined;
  readonly encryptionKeys?: readonly string[] | 'none' | undefined;
}

/** What a replica has in common with others, as far as the options say so. */
export class Replicas {
  /** Tells this application from others that use the same cache, and is the same in all of its replicas. Not secret. */
  readonly application: string;
  /** Given where there are `encryptionKeys`. */
  readonly sealer: Sealer | undefined;
  readonly lock: ReplicaLock | undefined;
  readonly tokens: SharedTokens | undefined;
  readonly #cache: SharedCache | undefined;
  readonly #invalidations: Invalidations | undefined;
  readonly #listeners: ((client: string) => void)[] = [];
  readonly #logger: Logger;

  /** @param clients the names of all clients */
  constructor(
    options: ReplicaOptions,
    clients: () => readonly string[],
    clock: Clock,
    logger: Logger,
  ) {
    const { tokenCache, tokenLock, encryptionKeys } = options;
    this.application = digestOf([options.issuer ?? options.tokenEndpoint, options.clientId]);
    this.#logger = logger;
    this.sealer = encryptionKeys && sealerOf(encryptionKeys);
    this.lock = tokenLock && new ReplicaLock(tokenLock, clock, logger);
    if (!tokenCache) return;
    // Without keys it is one that does not leave the process, else nothing starts.
    this.#cache = new SharedCache(tokenCache, this.sealer ?? plain, clock, logger);
    const tell = (client: string) => this.tell(client);
    this.#invalidations = new Invalidations(this.#cache, this.application, clients, tell, clock);
    this.tokens = new SharedTokens(this.#cache, this.#invalidations, this.lock, clock);
  }

  /**
   * Begins to look what other replicas have invalidated.
   *
   * @param clients all there are
   */
  open(clients: readonly Pick<ResolvedClient, 'name' | 'template'>[]): void {
    if (!this.#invalidations) return;
    void this.#invalidations.ready();
    const alone = clients.filter(
      ({ template }) => template?.dpop && template.dpop.sharedId === undefined,
    );
    if (alone.length === 0) return;
    const names = alone.map(({ name }) => name).join(', ');
    this.#logger.warn(
      `dpop_key_not_shared: ${names}: their tokens are bound to a key that each process makes for itself, so replicas cannot share them. Give dpop a key.`,
    );
  }

  /**
   * Where a token is kept in this process. Clients that want the same share it, until one of them is invalidated: the
   * others may go on with what it must not use any more.
   *
   * @param key of all that shapes the token
   */
  placeOf({ name, standard }: Pick<ResolvedClient, 'name' | 'standard'>, key: string): string {
    if (key === standard?.key) return key;
    const count = this.#invalidations?.countOf(name) ?? 0;
    return count > 0 ? digestOf([key, name, count]) : key;
  }

  /** Whether the cache answers, for a token that is shared. */
  cacheStateOf(request: TokenRequest): 'ready' | 'unavailable' | undefined {
    if (!this.#cache || !isShareable(request)) return undefined;
    return this.#cache.isDown ? 'unavailable' : 'ready';
  }

  /** Tells when another replica has invalidated the tokens of a client. */
  onInvalidated(listener: (client: string) => void): void {
    this.#listeners.push(listener);
  }

  /** Lets the other replicas know that the tokens of a client are not to be used any more. */
  async invalidate(client: string): Promise<void> {
    await this.#invalidations?.announce(client);
  }

  /** Everybody, whatever becomes of one of them. */
  private tell(client: string): void {
    for (const listener of this.#listeners) {
      try {
        listener(client);
      } catch (error) {
        // Not what it threw, which may hold what must not be seen.
        const name = kindOfError(error);
        this.#logger.error(
          `invalidation_failed: ${client}: another replica has invalidated its tokens, and forgetting them here threw ${name}. Restart this process.`,
        );
      }
    }
  }

  async close(): Promise<void> {
    await this.lock?.close();
    this.#invalidations?.close();
    this.#cache?.close();
  }
}
