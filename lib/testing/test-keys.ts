import type { ResolvedIssuer } from '../jwt-auth/options/resolved-issuer.js';
import { IssuerKeys } from './issuer-keys.js';
import { algorithmFor, type SigningKey } from './signing-key.js';

/** What {@link TestKeys.rotate} does with the keys from before. */
export interface RotateOptions {
  /**
   * Whether they are withdrawn: what they have signed is then refused with 401.
   *
   * @defaultValue `false`: they stay published beside the new one, as servers do it
   */
  withdraw?: boolean | undefined;
}

/** The keys of all issuers of the application under test. Each issuer has keys of its own. */
export class TestKeys {
  readonly #issuers = new Map<string, IssuerKeys>();
  #isAvailable = true;

  /** From now on tokens are signed with another key. */
  rotate({ withdraw = false }: RotateOptions = {}): void {
    for (const keys of this.#issuers.values()) keys.rotate(withdraw);
  }

  /** The keys cannot be had, and none are cached: the answer is 503, whatever token comes. */
  unavailable(): void {
    this.#setAvailable(false);
  }

  /** The end of {@link unavailable}. */
  available(): void {
    this.#setAvailable(true);
  }

  /** @internal */
  of(issuer: string): IssuerKeys {
    const known = this.#issuers.get(issuer);
    if (known) return known;
    const keys = new IssuerKeys(issuer);
    keys.isAvailable = this.#isAvailable;
    this.#issuers.set(issuer, keys);
    return keys;
  }

  /** @internal */
  signerFor({ issuer, algorithms }: ResolvedIssuer): SigningKey {
    return this.of(issuer).signer(algorithmFor(algorithms));
  }

  #setAvailable(isAvailable: boolean): void {
    this.#isAvailable = isAvailable;
    for (const keys of this.#issuers.values()) keys.isAvailable = isAvailable;
  }
}
