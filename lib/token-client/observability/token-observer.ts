import type { Logger } from '@nestjs/common';
import type { TokenHooks, TokenRenewedEvent, TokenRequestFailedEvent } from '../events.js';

/** How a wish for a token was met: from the cache, by a token request of its own, or by one under way. */
export type LookUp = 'hit' | 'miss' | 'joined';

/**
 * Is told all that happens to tokens, and tells whoever wants to know: the log (changes of state, never
 * single calls), hooks of the application, metrics and traces.
 */
export class TokenObserver {
  constructor(
    private readonly logger: Logger,
    private readonly hooks: TokenHooks = {},
  ) {}

  lookedUp(_client: string, _how: LookUp): void {}

  /** Runs a token request. */
  request<T>(_client: string, work: () => Promise<T>): Promise<T> {
    return work();
  }

  async renewed(event: TokenRenewedEvent): Promise<void> {
    await this.hooks.tokenRenewed?.(event);
  }

  async failed(event: TokenRequestFailedEvent): Promise<void> {
    await this.hooks.tokenRequestFailed?.(event);
  }

  /** Renewals begin to fail while there is a token to go on with. */
  renewalFailing(client: string, error: Error, usableUntil: Date): void {
    this.logger.warn(
      `token_renewal_failed: Client '${client}': token renewal failed, going on with the token that ends at ${usableUntil.toISOString()}. ${error.message}`,
    );
  }

  renewalRecovered(client: string): void {
    this.logger.log(`token_renewal_recovered: Client '${client}': token renewal works again.`);
  }

  /** The authorization server refuses, and is not asked again for a while. */
  refused(_client: string, error: Error, until: Date): void {
    this.logger.warn(
      `token_request_refused: Not asked again before ${until.toISOString()}. ${error.message}`,
    );
  }

  /** An API goes on refusing tokens that are new. */
  rejectedAgain(client: string): void {
    this.logger.warn(
      `token_rejected_again: Client '${client}': new tokens are answered with 401 as well, so no more are asked for because of that for a while. Is the audience of the token the one that the API expects?`,
    );
  }

  scopeNotGranted(client: string, missing: readonly string[]): void {
    this.logger.warn(
      `token_scope_narrower: Client '${client}' asked for ${missing.join(' ')} and did not get it. Allow it to the clientId at the authorization server, or remove it from scope.`,
    );
  }

  /** A call is made once more because an API refused its token. */
  retriedAfter401(_client: string): void {}
}
