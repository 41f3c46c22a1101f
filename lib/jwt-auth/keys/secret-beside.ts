import type { KeySource } from './key-source.js';
import type { StaticKeys } from './static-keys.js';
import type { VerificationKey } from './verification-key.js';

/**
 * A secret beside the public keys of the same issuer, as while a server goes over from one to the other. The algorithm of a
 * token decides which of them is asked, so that no public key is ever taken for a secret.
 */
export class SecretBeside implements KeySource {
  constructor(
    private readonly secret: StaticKeys,
    private readonly keys: KeySource,
  ) {}

  candidates(algorithm: string, kid: string | undefined): Promise<readonly VerificationKey[]> {
    return this.sourceFor(algorithm).candidates(algorithm, kid);
  }

  renew(algorithm: string): Promise<boolean> {
    return this.sourceFor(algorithm).renew(algorithm);
  }

  get size(): number {
    return this.secret.size + this.keys.size;
  }

  trusts(key: VerificationKey): boolean {
    return this.secret.trusts(key) || this.keys.trusts(key);
  }

  warmUp(): Promise<void> {
    return this.keys.warmUp();
  }

  private sourceFor(algorithm: string): KeySource {
    return algorithm.startsWith('HS') ? this.secret : this.keys;
  }
}
