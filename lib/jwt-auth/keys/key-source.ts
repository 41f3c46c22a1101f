import type { VerificationKey } from './verification-key.js';

/** The keys of one issuer, wherever they come from. */
export interface KeySource {
  /**
   * The keys that may have signed a token with this header; none when the issuer has no such key. Where no key has the
   * `kid` of the token, those that have no name at all: a `kid` is a hint (RFC 7515 section 4.1.4).
   *
   * @throws {KeysUnavailableError} when that cannot be known at the moment
   */
  candidates(algorithm: string, kid: string | undefined): Promise<readonly VerificationKey[]>;

  /**
   * Looks for other keys, for a token that none of the candidates has signed and that names none of them.
   *
   * @param algorithm that of the token
   * @returns whether there are other keys now
   */
  renew(algorithm: string): Promise<boolean>;

  /** Whether a key that was a candidate before is one still, as far as is known. Never waits. */
  trusts(key: VerificationKey): boolean;

  /** How many keys there are, of all kinds, as far as is known. */
  readonly size: number;

  /**
   * Gets what there is to be got before the first token comes.
   *
   * @throws {KeysUnavailableError}
   */
  warmUp(): Promise<void>;
}

/** The keys of a set that fit the header of a token: those of its name, and else those without a name. */
export function matchingKeys(
  keys: Iterable<VerificationKey>,
  algorithm: string,
  kid: string | undefined,
): readonly VerificationKey[] {
  const named: VerificationKey[] = [];
  const nameless: VerificationKey[] = [];
  for (const key of keys) {
    if (kid === undefined || key.kid === kid) {
      if (key.accepts(algorithm)) named.push(key);
    } else if (key.kid === undefined && key.accepts(algorithm)) nameless.push(key);
  }
  return named.length > 0 ? named : nameless;
}
