/** RFC 8693: a token of a user, presented by the API that received it, for one of the next API. */
export const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** RFC 7523. With `requested_token_use=on_behalf_of` it is Microsoft Entra's form of the same. */
export const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
export const jwtType = 'urn:ietf:params:oauth:token-type:jwt';

export interface ExchangeParameters {
  subject_token?: string;
  subject_token_type?: string;
  actor_token?: string;
  actor_token_type?: string;
  requested_token_type?: string;
  audience?: string | string[];
  resource?: string | string[];
  scope?: string;
}

export interface OnBehalfOfParameters {
  assertion?: string;
  requested_token_use?: string;
  resource?: string | string[];
  scope?: string;
}

export const exchangeParameters = [
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'audience',
  'resource',
  'scope',
];

export const onBehalfOfParameters = ['assertion', 'requested_token_use', 'resource', 'scope'];
