/** A token was got from the authorization server. */
export interface TokenRenewedEvent {
  /** The named client whose call, or `getToken`, led to it. */
  readonly client: string;
  /** When the new token ends. */
  readonly expiresAt: Date;
  /** The scopes of the new token. */
  readonly scopes: ReadonlySet<string>;
  /** What the authorization server said beside the token. See `IssuedToken.extra`. */
  readonly extra: Readonly<Record<string, string | number>>;
  /** Whether it is the first token, or takes the place of an earlier one. */
  readonly first: boolean;
}

/** A token could not be got. */
export interface TokenRequestFailedEvent {
  /** The named client whose call, or `getToken`, led to it. */
  readonly client: string;
  /** Why. Holds no secret. */
  readonly error: Error;
  /** Until when the token at hand can still be used; missing where there is none. */
  readonly usableUntil: Date | undefined;
}

/**
 * Functions that are told what happens to tokens. They are awaited before the callers who wait for the
 * token go on, for 10 s at most. What they throw is logged, and changes nothing.
 */
export interface TokenHooks {
  /** A token was got: the first one, or a new one in time. */
  tokenRenewed?: ((event: TokenRenewedEvent) => void | Promise<void>) | undefined;
  /** A token request failed, with all its retries. */
  tokenRequestFailed?: ((event: TokenRequestFailedEvent) => void | Promise<void>) | undefined;
}
