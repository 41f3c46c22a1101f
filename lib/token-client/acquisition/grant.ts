/** What a token is asked for with: the grant type, and what goes with it and with nothing else. */
export interface Grant {
  /** The `grant_type`. */
  readonly type: string;
  /** Parameters of this grant. They hold tokens: not to be shown. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /**
   * Whether the same request may be sent again when nobody knows whether the first one arrived. A
   * refresh token may be good only once, and a second use of it may end the session of the user.
   */
  readonly repeatable: boolean;
  /** Whether the answer may come with a refresh token and an ID token. */
  readonly forUser: boolean;
}

/** RFC 6749 section 4.4 */
export const clientCredentials: Grant = {
  type: 'client_credentials',
  parameters: [],
  repeatable: true,
  forUser: false,
};

/** RFC 6749 section 6 */
export function refreshTokenGrant(refreshToken: string): Grant {
  return {
    type: 'refresh_token',
    parameters: [['refresh_token', refreshToken]],
    repeatable: false,
    forUser: true,
  };
}

/** Not a grant, but a request with a token that may not be shown either (RFC 7009). */
export function revocationOf(token: string): Grant {
  return { type: 'revocation', parameters: [['token', token]], repeatable: true, forUser: false };
}
