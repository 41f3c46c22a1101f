import type { ReachOptions } from './reach.options.js';
import type { TokenRules } from './token-rules.options.js';

/** Where the keys of an issuer come from. One of these, or none for what its metadata say; `secret` may be beside another. */
export interface KeyOptions {
  /** Where its key set is, for a server without metadata. https, or plain http on loopback. */
  jwksUri?: string | undefined;
  /** The key set itself (RFC 7517 section 5). Nothing is ever fetched. */
  jwks?: { readonly keys: readonly object[] } | undefined;
  /** A public key or certificate in PEM, or a public JWK. Nothing is ever fetched. */
  publicKey?: string | object | undefined;
  /**
   * A secret shared with the authorization server, for HS256, HS384 and HS512: at least 32 bytes, and as many as the
   * hash has (RFC 7518 section 3.2). Without it none of these is accepted. Alone, it means that no other algorithm is.
   *
   * Beside `jwksUri`, `jwks`, `publicKey` or `jwksClient`, as while a server goes over to key pairs: tokens with one of
   * these algorithms are checked with the secret alone, and all others with the public keys alone.
   */
  secret?: string | Uint8Array | undefined;
  /** A `JwksClient` of jwks-rsa, with the agent, proxy or headers that you gave it. Its cache and rate limit are not used. */
  jwksClient?: { getKeys(): Promise<unknown> } | undefined;
}

/** One authorization server that is trusted. */
export interface IssuerOptions extends TokenRules, KeyOptions, ReachOptions {
  /**
   * Its issuer identifier, exactly as its metadata and its tokens spell it: compared code point for code point, so
   * a trailing slash matters (RFC 8414 section 3.3). https, or plain http on loopback, where metadata is discovered
   * from it; any text where the keys come from elsewhere ({@link KeyOptions}).
   */
  issuer: string;
}
