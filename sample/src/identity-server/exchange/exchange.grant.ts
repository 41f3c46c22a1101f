import { errors, type Provider, type TokenEndpointGrantContext } from 'oidc-provider';
import type { ProviderOptions } from '../provider.options.js';
import { subjectTokenIn } from './exchange-checks.js';
import { exchangeTarget } from './exchange-target.js';
import {
  accessTokenType,
  exchangeParameters,
  jwtBearer,
  onBehalfOfParameters,
  tokenExchange,
  type ExchangeParameters,
  type OnBehalfOfParameters,
} from './exchange.parameters.js';
import { issueExchanged } from './exchanged-token.js';
import { ownTokens } from './own-tokens.js';

const several = ['resource', 'audience'];

/**
 * An API exchanges the access token that a user's application sent to it for one that is good at the next
 * API and still names the user. oidc-provider has no grant of this kind, so it is added here, in the words
 * of RFC 8693 and in those of Microsoft Entra.
 */
export function addTokenExchange(provider: Provider, options: ProviderOptions): void {
  const { issuer, apis, users = [], jwks } = options;
  const read = ownTokens(issuer, jwks.keys);

  /** What the incoming token says. Only one that was sent to this API is its to exchange. */
  const readSubject = async (ctx: TokenEndpointGrantContext, token: string) => {
    const subject = await read(token, String(ctx.oidc.client['api_identifier']));
    const known = users.some(({ id }) => id === subject?.sub);
    return known || subject?.sub === subject?.client_id ? subject : undefined;
  };

  const exchange = async (ctx: TokenEndpointGrantContext<ExchangeParameters>) => {
    const { client, params } = ctx.oidc;
    const subject = await readSubject(ctx, subjectTokenIn(params));
    if (!subject) {
      throw new errors.InvalidRequest('subject_token is not an access token for this client');
    }
    const actor = params.actor_token === undefined ? undefined : await read(params.actor_token);
    if (params.actor_token !== undefined && actor?.client_id !== client.clientId) {
      throw new errors.InvalidRequest('actor_token is not an access token of this client');
    }
    const target = exchangeTarget(apis, client, [params.resource, params.audience], params.scope);
    await issueExchanged(ctx, options, target, subject, actor);
    ctx.body = { ...Object(ctx.body), issued_token_type: accessTokenType };
  };

  const actOnBehalf = async (ctx: TokenEndpointGrantContext<OnBehalfOfParameters>) => {
    const { client, params } = ctx.oidc;
    if (params.requested_token_use !== 'on_behalf_of' || params.assertion === undefined) {
      throw new errors.InvalidRequest('only requested_token_use=on_behalf_of with an assertion');
    }
    const subject = await readSubject(ctx, params.assertion);
    if (!subject) {
      throw new errors.InvalidGrant('assertion is not an access token for this client');
    }
    const target = exchangeTarget(apis, client, [params.resource], params.scope);
    await issueExchanged(ctx, options, target, subject);
  };

  provider.registerGrantType(tokenExchange, exchange, exchangeParameters, several);
  provider.registerGrantType(jwtBearer, actOnBehalf, onBehalfOfParameters, several);
}
