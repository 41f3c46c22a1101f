import type { VerificationKey } from './verification-key.js';

/** The keys of one issuer, wherever they come from. */
export interface KeySource {
  /**
   * The keys that may have signed a token with this header; none when the issuer has no such key.
   *
   * @throws {KeysUnavailableError} when that cannot be known at the moment
   */
  candidates(algorithm: string, kid: string | undefined): Promise<readonly VerificationKey[]>;

  /**
   * Looks for other keys, for a token without a `kid` that none of the candidates has signed.
   *
   * @returns whether there are other keys now
   */
  renew(): Promise<boolean>;

  /** Whether a key that was a candidate before is one still, as far as is known. Never waits. */
  trusts(key: VerificationKey): boolean;

  /**
   * Gets what there is to be got before the first token comes.
   *
   * @throws {KeysUnavailableError}
   */
  warmUp(): Promise<void>;
}

/** Without a `kid` several keys may have signed; more than these are not tried. */
const MAX_CANDIDATES = 4;

/** The keys of a set that fit the header of a token. */
export function matchingKeys(
  keys: Iterable<VerificationKey>,
  algorithm: string,
  kid: string | undefined,
): readonly VerificationKey[] {
  const found: VerificationKey[] = [];
  for (const key of keys) {
    if ((kid === undefined || key.kid === kid) && key.accepts(algorithm)) found.push(key);
  }
  return found.length > MAX_CANDIDATES ? [] : found;
}
