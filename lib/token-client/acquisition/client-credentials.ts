import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { ClientAuthentication, ClientSecretSource } from '../token-client.options.js';

/** Of this process alone, so that a fingerprint says nothing about a secret outside of it. */
const fingerprintKey = randomBytes(32);
const sourceNames = new WeakMap<object, string>();

/** Who a client is at the authorization server. Holds the secret so that nothing prints it. */
export class ClientCredentials {
  readonly #secret: ClientSecretSource;

  constructor(
    readonly clientId: string,
    secret: ClientSecretSource,
    readonly authentication: ClientAuthentication,
  ) {
    this.#secret = secret;
  }

  /** The secret as it is now. */
  async readSecret(): Promise<string> {
    return typeof this.#secret === 'string' ? this.#secret : await this.#secret();
  }

  /**
   * Tells these credentials from others of the same client. A constant secret counts by its value. A
   * function counts as itself, not as what it returns: so the key of a token is known without a call to
   * the function, any number of callers can find the token request under way, and a rotation needs
   * nothing but the next token request, which reads the secret anew.
   */
  get fingerprint(): string {
    if (typeof this.#secret === 'string') {
      return createHmac('sha256', fingerprintKey).update(this.#secret).digest('base64url');
    }
    const known = sourceNames.get(this.#secret) ?? randomUUID();
    sourceNames.set(this.#secret, known);
    return known;
  }
}
