/**
 * A client secret, or a function that gets it from where it is kept. The function is called for every
 * token request, so that a rotated secret takes effect with the next one.
 */
export type ClientSecretSource = string | (() => string | Promise<string>);

/** A private key as PEM text (PKCS #8, PKCS #1 or SEC 1) or as a JWK (RFC 7517). */
export type PrivateKey = string | (JsonWebKey & { readonly kid?: string | undefined });

/** Signs with a key that never leaves where it is kept: a key management service, an HSM. */
export interface AssertionSigner {
  /** The JWS algorithm of the signatures, such as `ES256` (RFC 7518 section 3.1). */
  readonly algorithm: string;
  /** The signature over `data`, in the form that JWS wants: for ECDSA `r` and `s` one after the other. */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/**
 * The client signs an assertion with a private key in place of sending a secret (RFC 7523,
 * OpenID Connect Core section 9). Every attempt of a token request has an assertion of its own.
 */
export interface PrivateKeyJwt {
  method: 'private_key_jwt';
  /** The key, a function that gets it (called for every token request), or something that signs with it. */
  key: PrivateKey | AssertionSigner | (() => PrivateKey | Promise<PrivateKey>);
  /** The `kid` in the header. @defaultValue the `kid` of a JWK, else none */
  keyId?: string | undefined;
  /** The JWS algorithm. @defaultValue the `alg` of a JWK, else what fits the key: `RS256`, `ES256`, `EdDSA` … */
  algorithm?: string | undefined;
  /**
   * The `aud` of the assertion. With `tokenEndpoint` in place of `issuer` it has to be given, as the
   * issuer is not known.
   *
   * @defaultValue the issuer (draft-ietf-oauth-rfc7523bis)
   */
  audience?: string | undefined;
  /** More members of the header, such as `x5t#S256` for Entra, or another `typ`. */
  header?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The client is known by its TLS certificate (RFC 8705). The named client presents the same certificate
 * to the API, as a token can be bound to it.
 */
export interface TlsClientAuthentication {
  method: 'tls_client_auth' | 'self_signed_tls_client_auth';
  /** The certificate with its chain, as PEM text, or a function that gets it. */
  certificate: ClientSecretSource;
  /** The private key of {@link certificate} as PEM text, or a function that gets it. */
  key: ClientSecretSource;
}

/** A secret in an `Authorization: Basic` header, for servers that read it in another way than RFC 6749 says. */
export interface BasicAuthentication {
  method: 'client_secret_basic';
  /** `'raw'` does not form-encode `client_id` and secret first. @defaultValue 'rfc6749' */
  encoding?: 'rfc6749' | 'raw' | undefined;
}

/**
 * How a client proves to the token endpoint who it is: with a secret in an `Authorization: Basic` header
 * or in the body (RFC 6749 section 2.3.1), with a signed assertion, or with a TLS certificate.
 */
export type ClientAuthentication =
  | 'client_secret_basic'
  | 'client_secret_post'
  | BasicAuthentication
  | PrivateKeyJwt
  | TlsClientAuthentication;
