import { LRUCache } from 'lru-cache';
import { atMost } from '../../common/at-most.js';
import type { Clock } from '../../common/clock.js';
import type { IssuedToken } from '../../authorization-server/issued-token.js';
import type { TokenObserver } from '../../observability/token-observer.js';
import { CachedToken, type TokenState, type TokenLookup } from './cached-token.js';
import { Rejections } from '../../authorization-server/rejections.js';

/** The tokens of this process, each under the key of what it was asked for. The one least used makes room. */
export class TokenCache {
  readonly #tokens: LRUCache<string, CachedToken>;
  readonly #rejections: Rejections;
  #looks = 0;

  constructor(
    private readonly clock: Clock,
    private readonly observer: TokenObserver,
    maxTokens: number,
  ) {
    this.#tokens = new LRUCache(atMost(maxTokens));
    this.#rejections = new Rejections(clock);
  }

  /** The token under `key`, if there is one that only has to be used. See {@link CachedToken.fresh}. */
  fresh(key: string, client: string): IssuedToken | undefined {
    // To note every use costs more than the look-up itself. One in sixteen tells the hot from the cold.
    this.#looks = (this.#looks + 1) & 15;
    const token = this.#looks === 0 ? this.#tokens.get(key) : this.#tokens.peek(key);
    return token?.fresh(client);
  }

  /** The token under `key`, or a new one. See {@link CachedToken.get}. */
  get(key: string, lookup: TokenLookup): IssuedToken | Promise<IssuedToken> {
    let token = this.#tokens.get(key);
    if (!token) {
      const { client, tenant } = lookup;
      token = new CachedToken(this.clock, this.observer, this.#rejections, client, tenant);
      this.#tokens.set(key, token);
    }
    return token.get(lookup);
  }

  /** How things stand with the token under `key`, if anybody asked for it. */
  state(key: string): TokenState | undefined {
    return this.#tokens.peek(key)?.state();
  }

  /** How things stand with every token that a named client asked for. */
  statesOf(client: string): TokenState[] {
    return [...this.#tokens.values()]
      .filter((token) => token.isUsedBy(client))
      .map((token) => token.state());
  }

  /**
   * Forgets a token. A request under way still answers those who wait for it, but what it brings is not
   * kept: whoever comes next starts anew.
   */
  forget(key: string): void {
    this.#tokens.delete(key);
  }

  /** Forgets every token that a named client asked for, in the name of anybody or of one tenant. */
  forgetAllOf(client: string, tenant?: string): void {
    for (const [key, token] of this.#tokens.entries()) {
      const meant = tenant === undefined || token.tenant === tenant;
      if (meant && token.isUsedBy(client)) this.#tokens.delete(key);
    }
  }

  clear(): void {
    this.#tokens.clear();
  }
}
