import type { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../common/clock.js';
import type { IssuedToken } from '../issued-token.js';
import { CachedToken } from './cached-token.js';
import type { GrantedToken } from './token-endpoint.js';

const MAX_TOKENS = 10_000;

/** The tokens of this process, each under the key of what it was asked for. The one least used makes room. */
export class TokenCache {
  readonly #tokens = new LRUCache<string, CachedToken>({ max: MAX_TOKENS });

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** The token under `key`, or a new one from `request`. See {@link CachedToken.get}. */
  get(key: string, request: () => Promise<GrantedToken>, force = false): Promise<IssuedToken> {
    let token = this.#tokens.get(key);
    if (!token) {
      token = new CachedToken(this.clock, this.logger);
      this.#tokens.set(key, token);
    }
    return token.get(request, force);
  }

  /**
   * Forgets the token under `key`. A request under way still answers those who wait for it, but what
   * it brings is not kept: whoever comes next starts anew.
   */
  forget(key: string): void {
    this.#tokens.delete(key);
  }

  clear(): void {
    this.#tokens.clear();
  }
}
