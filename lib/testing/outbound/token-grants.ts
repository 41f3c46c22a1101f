import { randomUUID } from 'node:crypto';

/** What is known of a token that the token endpoint of the test gave out. */
export interface TokenFacts {
  /** The named client that asked for it. */
  readonly client: string;
  readonly scopes: readonly string[];
}

interface Family {
  isEnded: boolean;
}

/** The tokens that the token endpoint of the test gave out. */
export class TokenGrants {
  readonly #facts = new Map<string, TokenFacts>();
  readonly #families = new Map<string, Family>();
  readonly #spent = new Set<string>();

  /** A new access token. */
  accessToken(facts: TokenFacts): string {
    const token = `test-access-token-${randomUUID()}`;
    this.#facts.set(token, facts);
    return token;
  }

  factsOf(token: string): TokenFacts | undefined {
    return this.#facts.get(token);
  }

  /**
   * Spends a refresh token, which is good once: whoever comes with it again ends all that came of it (RFC 9700 section 4.14.2).
   * One that the test itself has put into a store is good as well.
   *
   * @returns the next one; nothing where it is no good
   */
  refresh(token: string): string | undefined {
    const family = this.#families.get(token) ?? { isEnded: false };
    if (this.#spent.has(token)) family.isEnded = true;
    if (family.isEnded) return undefined;
    this.#spent.add(token);
    const next = `test-refresh-token-${randomUUID()}`;
    this.#families.set(token, family).set(next, family);
    return next;
  }

  /** RFC 7009 */
  revoke(token: string): void {
    this.#facts.delete(token);
    this.#families.set(token, { isEnded: true });
  }
}
