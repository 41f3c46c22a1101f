import { errors, type KoaContextWithOIDC, type TokenEndpointGrantContext } from 'oidc-provider';
import { userTokenLifetime } from '../lifetimes.js';
import type { ProviderOptions } from '../provider.options.js';
import { resourceServerOf } from '../resource-indicators.js';
import type { ExchangeTarget } from './exchange-target.js';
import type { OwnToken } from './own-tokens.js';

/** Answers with an access token of the subject for the target. It does not outlive the token it is for. */
export async function issueExchanged(
  ctx: TokenEndpointGrantContext,
  options: ProviderOptions,
  { api, scopes }: ExchangeTarget,
  subject: OwnToken,
  actor?: OwnToken,
): Promise<void> {
  const { client, params, provider } = ctx.oidc;
  if (ctx.get('dpop') !== '') {
    throw new errors.InvalidRequest('tokens that are exchanged here are bound to no key');
  }
  const info = resourceServerOf(api, options.jwks.keys[0].alg);
  const secondsLeft = subject.exp - Math.floor(Date.now() / 1000);
  const token = new provider.AccessToken({
    client,
    accountId: subject.sub,
    // It belongs to no grant: what was granted is in the token that it is exchanged for.
    grantId: '',
    gty: params.grant_type,
    scope: scopes.join(' '),
    resourceServer: new provider.ResourceServer(api.identifier, info),
    expiresIn: Math.min(userTokenLifetime(options), secondsLeft),
  });
  ctx.oidc.entity('Act', actOf(subject, actor));
  ctx.body = {
    access_token: await token.save(),
    expires_in: token.expiration,
    token_type: token.tokenType,
    scope: token.scope,
  };
}

/** The claim `act`, for `extraTokenClaims`: who acts for the user, and who did so before. */
export function actClaim(ctx: KoaContextWithOIDC): { act: object } | undefined {
  const act: unknown = ctx.oidc.entities['Act'];
  return typeof act === 'object' && act !== null ? { act } : undefined;
}

function actOf(subject: OwnToken, actor: OwnToken | undefined): unknown {
  const before = subject['act'];
  return actor ? { sub: actor.sub, ...(before === undefined ? {} : { act: before }) } : before;
}
