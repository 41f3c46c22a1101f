import type { TokenExchangeOptions } from './token-exchange.options.js';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

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
  /**
   * Whose token it is about, where it is asked for in the name of somebody: the user, and what the answer to one request
   * says something about, be it the user or one token of theirs. What is answered to one is nothing to another.
   */
  readonly subject?: { readonly user: string; readonly key: string } | undefined;
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
export function refreshTokenGrant(refreshToken: string, user: string): Grant {
  return {
    type: 'refresh_token',
    parameters: [['refresh_token', refreshToken]],
    repeatable: false,
    subject: { user, key: user },
    forUser: true,
  };
}

/**
 * RFC 8693, or the form of it that Microsoft Entra has.
 *
 * @param user whose token it is; where nobody knows, each token counts as somebody else's
 */
export function exchangeGrant(
  subjectToken: string,
  actorToken: string | undefined,
  options: TokenExchangeOptions,
  user = subjectToken,
): Grant {
  const { form, subjectTokenType, requestedTokenType, actorTokenType } = options;
  const parameters: [string, string][] =
    form === 'on-behalf-of'
      ? [
          ['assertion', subjectToken],
          ['requested_token_use', 'on_behalf_of'],
        ]
      : [
          ['subject_token', subjectToken],
          ['subject_token_type', subjectTokenType ?? ACCESS_TOKEN],
        ];
  if (requestedTokenType !== undefined)
    parameters.push(['requested_token_type', requestedTokenType]);
  if (actorToken !== undefined) {
    parameters.push(
      ['actor_token', actorToken],
      ['actor_token_type', actorTokenType ?? ACCESS_TOKEN],
    );
  }
  const type = form === 'on-behalf-of' ? JWT_BEARER : TOKEN_EXCHANGE;
  const subject = { user, key: subjectToken };
  return { type, parameters, repeatable: true, subject, forUser: false };
}

/** Not a grant, but a request with a token that may not be shown either (RFC 7009). */
export function revocationOf(token: string): Grant {
  return { type: 'revocation', parameters: [['token', token]], repeatable: true, forUser: false };
}
