import type { ResolvedOptions } from '../jwt-auth/options/resolved-options.js';
import { TestKitError } from './test-kit.error.js';

/** The tokens that a test has revoked, in an application that looks for such tokens. */
export class RevokedTokens {
  readonly #revoked = new Set<string>();
  #isAsked = false;

  /** What the application asks, with what the test has revoked. Nothing where it asks nobody. */
  beside(isRevoked: ResolvedOptions['isRevoked']): ResolvedOptions['isRevoked'] {
    this.#isAsked = isRevoked !== undefined;
    return isRevoked && ((token) => this.#revoked.has(token.raw) || isRevoked(token));
  }

  /** @throws {TestKitError} where the application would not find out */
  add(token: string): void {
    if (!this.#isAsked) {
      throw new TestKitError(
        'The application has no isRevoked, so it would not find out that a token was revoked: it takes it until it ends.',
      );
    }
    this.#revoked.add(token);
  }
}
