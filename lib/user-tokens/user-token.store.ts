/** An access token of a user, as it is stored. Times in milliseconds since the epoch. */
export interface StoredAccessToken {
  readonly accessToken: string;
  readonly tokenType: 'Bearer' | 'DPoP';
  readonly requestedAt: number;
  readonly expiresAt: number;
  readonly scopes: readonly string[];
  readonly requestedScopes: readonly string[];
  /** What the token endpoint said beside the token. @defaultValue none */
  readonly extra?: Readonly<Record<string, string | number>> | undefined;
  /**
   * Up to when renewals count that APIs have caused by refusing the token, so that all replicas together stop renewing what
   * no API accepts.
   *
   * @defaultValue none: there were none of late
   */
  readonly rejectedUntil?: number | undefined;
}

/**
 * All tokens of one user, or of one session of a user: one refresh token, and an access token for each
 * resource and scope. Plain JSON. Holds secrets: to be kept where only this application can read it.
 */
export interface UserTokenRecord {
  /** Another with every change. */
  readonly version: string;
  readonly issuer: string | undefined;
  readonly subject: string | undefined;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
  /** Access tokens under a hash of what they were asked for with; the one of the sign-in under ''. */
  readonly accessTokens: Readonly<Record<string, StoredAccessToken>>;
  /** The authorization server has said that the refresh token is worth nothing any more. */
  readonly ended: boolean;
  /** Which process is spending the refresh token at the moment, and until when the others wait for it. */
  readonly spending?: { readonly by: string; readonly until: number } | undefined;
  /**
   * The whole record, encrypted: everything but {@link version} is empty then. A store keeps it like any other member.
   *
   * @defaultValue none: the record is as it is
   */
  readonly sealed?: string | undefined;
}

/**
 * Where the tokens of users live. Implement it for a place of your own. What it gets as a user is a name of 43 letters, digits,
 * `-` and `_`: a digest over the application and the key of the user, so that applications which share a store do not meet.
 */
export interface UserTokenStore {
  /** The record of a user as it is now: never an older one, or a refresh token is spent twice. */
  get(user: string): Promise<UserTokenRecord | undefined>;
  /**
   * Writes a record, if the one that is there has the version `expected`, or if there is none and
   * `expected` is `undefined`.
   *
   * @returns whether it was written
   */
  set(user: string, record: UserTokenRecord, expected: string | undefined): Promise<boolean>;
  /** Removes a record, if there is one. */
  delete(user: string): Promise<void>;
}
