/** The JWS algorithms that DPoP proofs can have. */
export type DPoPAlgorithm = 'ES256' | 'ES384' | 'ES512' | 'EdDSA' | 'PS256' | 'RS256';

/** Options of tokens that are bound to a key (DPoP, RFC 9449). */
export interface DPoPOptions {
  /** The JWS algorithm of the proofs. @defaultValue the `alg` of {@link key}, else 'ES256' */
  algorithm?: DPoPAlgorithm | undefined;
  /**
   * The private key, as a JWK. Only for a key that has to outlive the process.
   *
   * @defaultValue one made for this process, which cannot be exported from it
   */
  key?: JsonWebKey | undefined;
  /**
   * More claims of the proofs for the API. Those of RFC 9449 cannot be replaced. Where it throws, the
   * call fails with a `DPoPProofError`.
   */
  claims?: ((proof: DPoPProofContext) => Readonly<Record<string, unknown>>) | undefined;
}

/** The request that a proof is for. */
export interface DPoPProofContext {
  /** The `htm` of the proof, such as `GET`. */
  readonly method: string;
  /** The `htu` of the proof: the URL without query and fragment. */
  readonly url: string;
}
