import type { AllClientMetadata } from 'oidc-provider';
import { jwtBearer, tokenExchange } from './exchange/exchange.parameters.js';

/** A client as RFC 7591 describes it; what all clients have in common is filled in. */
export type ClientRegistration = AllClientMetadata & {
  client_id: string;
  /**
   * The API that this client is itself, which may exchange the access tokens that it receives from its
   * callers for tokens of other APIs. Without it a client cannot exchange tokens.
   */
  api_identifier?: string;
};

/**
 * What a client may do follows from what is known of it: one with an address to send users back to signs
 * users in, one that is an API exchanges tokens, and each of them can also ask for a token of its own.
 */
export function withGrantTypes(client: ClientRegistration): ClientRegistration {
  const { redirect_uris = [], api_identifier } = client;
  const signsIn = redirect_uris.length > 0;
  return {
    grant_types: [
      'client_credentials',
      ...(signsIn ? ['authorization_code', 'refresh_token'] : []),
      ...(api_identifier === undefined ? [] : [tokenExchange, jwtBearer]),
    ],
    response_types: signsIn ? ['code'] : [],
    ...client,
  };
}
