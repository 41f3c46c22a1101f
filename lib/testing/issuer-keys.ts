import { KeysUnavailableError } from '../jwt-auth/errors.js';
import { type KeySource, matchingKeys } from '../jwt-auth/keys/key-source.js';
import type { VerificationKey } from '../jwt-auth/keys/verification-key.js';
import { SigningKey } from './signing-key.js';

const RETRY_AFTER_SECONDS = 1;

/** The keys of one issuer, in place of those that it publishes. Nothing is fetched. */
export class IssuerKeys implements KeySource {
  /** Whether they can be had. */
  isAvailable = true;
  readonly #signers = new Map<string, SigningKey>();
  #published = new Set<VerificationKey>();

  constructor(private readonly issuer: string) {}

  /** The key that tokens are signed with now. */
  signer(algorithm: string): SigningKey {
    const known = this.#signers.get(algorithm);
    if (known) return known;
    const made = new SigningKey(algorithm);
    this.#signers.set(algorithm, made);
    this.#published.add(made.verification);
    return made;
  }

  /** @param withdraw whether the keys before it are published no longer */
  rotate(withdraw: boolean): void {
    this.#signers.clear();
    if (withdraw) this.#published = new Set();
  }

  async candidates(
    algorithm: string,
    kid: string | undefined,
  ): Promise<readonly VerificationKey[]> {
    this.checkAvailable();
    return matchingKeys(this.#published, algorithm, kid);
  }

  async renew(): Promise<boolean> {
    return false;
  }

  trusts(key: VerificationKey): boolean {
    return this.isAvailable && this.#published.has(key);
  }

  get size(): number {
    return this.#published.size;
  }

  async warmUp(): Promise<void> {
    this.checkAvailable();
  }

  private checkAvailable(): void {
    if (this.isAvailable) return;
    throw new KeysUnavailableError(
      RETRY_AFTER_SECONDS,
      `keys of ${this.issuer}: tokens.keys.unavailable() of the test says so`,
    );
  }
}
