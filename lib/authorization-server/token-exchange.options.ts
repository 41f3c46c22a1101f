/** How an incoming access token is exchanged for one for the next API. */
export interface TokenExchangeOptions {
  /**
   * `'token-exchange'` as in RFC 8693, or `'on-behalf-of'` as Microsoft Entra has it: the `jwt-bearer` grant with
   * `requested_token_use`.
   *
   * @defaultValue 'token-exchange'
   */
  form?: 'token-exchange' | 'on-behalf-of' | undefined;
  /** What the incoming token is called. @defaultValue 'urn:ietf:params:oauth:token-type:access_token' */
  subjectTokenType?: string | undefined;
  /** What is asked for. @defaultValue what the server gives */
  requestedTokenType?: string | undefined;
  /**
   * Gets the token of whoever acts in the name of the subject (RFC 8693 section 1.1), with each call. Where it throws, gives
   * none, or not within `backchannel.timeoutMs`, the call fails with an `InvalidTokenOptionsError` that does not repeat what it
   * threw.
   *
   * @defaultValue none
   */
  actorToken?: (() => string | Promise<string>) | undefined;
  /** What the token of the actor is called. @defaultValue 'urn:ietf:params:oauth:token-type:access_token' */
  actorTokenType?: string | undefined;
}
