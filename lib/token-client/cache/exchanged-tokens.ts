import type { Clock } from '../../common/clock.js';
import type { VerifiedToken } from '../../common/verified-token.js';
import { exchangeGrant } from '../../authorization-server/grant.js';
import { contextOf, buildTokenRequest } from './token-request-plan.js';
import { TokenCache } from './token-cache.js';
import type { GrantedToken } from '../../authorization-server/granted-token.js';
import type { TokenEndpoint } from '../../authorization-server/token-endpoint.js';
import { tokenCacheKey, type TokenRequest } from '../../authorization-server/token-request.js';
import type { ResolvedClient } from '../options/resolved-client.js';
import { InvalidTokenOptionsError } from '../calls/call.errors.js';
import { actorTokenOf } from './actor-token.js';
import { NoUserError } from '../../user-tokens/user-token.errors.js';
import { IssuedToken } from '../../authorization-server/issued-token.js';
import type { TokenObserver } from '../../observability/token-observer.js';
import type { GetTokenOptions } from '../calls/token-source.js';

/**
 * Tokens for the next API, got for the token of the request under way. Kept like the tokens of the
 * application, each under a hash of the incoming token and of all that was asked for: what was got for one
 * incoming token is never given to another. They do not outlive the token that they were got for.
 */
export class ExchangedTokens {
  readonly #cache: TokenCache;

  constructor(
    private readonly endpoint: TokenEndpoint,
    clock: Clock,
    observer: TokenObserver,
    maxCachedTokens: number,
  ) {
    this.#cache = new TokenCache(clock, observer, maxCachedTokens);
  }

  async exchange(
    client: ResolvedClient,
    subject: VerifiedToken,
    options: GetTokenOptions,
  ): Promise<IssuedToken> {
    const { name, template } = client;
    if (!template) throw new InvalidTokenOptionsError(name, ['issuer: missing.']);
    const planned = await buildTokenRequest(client, template, contextOf(client, options), options);
    const actorToken = await actorTokenOf(client);
    const user = subject.subject && JSON.stringify([subject.issuer, subject.subject]);
    const grant = exchangeGrant(subject.raw, actorToken, client.exchange, user);
    const request: TokenRequest = { ...planned.request, grant };
    const { force, rejected } = options;
    return this.#cache.get(tokenCacheKey(request), {
      client: name,
      user,
      grant: grant.type,
      fetch: async (within) =>
        capped(await this.endpoint.request(request, name, within), subject.expiresAt),
      paused: () => this.endpoint.paused(request),
      force,
      rejected,
    });
  }

  /** The incoming token itself, if the API is one that it is meant for. */
  forward({ name, forwardTo }: ResolvedClient, subject: VerifiedToken): IssuedToken {
    if (!subject.audience.includes(forwardTo)) {
      throw new NoUserError(
        name,
        `the access token of the request is not meant for ${forwardTo}, and is not forwarded to it`,
        "Let whoever calls ask for a token that is meant for both, or set token to 'exchange'.",
      );
    }
    return new IssuedToken({
      accessToken: subject.raw,
      tokenType: 'Bearer',
      expiresAt: subject.expiresAt,
      scopes: [],
    });
  }

  forgetAllOf(client: string): void {
    this.#cache.forgetAllOf(client);
  }

  clear(): void {
    this.#cache.clear();
  }
}

function capped(granted: GrantedToken, end: Date): GrantedToken {
  const { token } = granted;
  if (token.expiresAt <= end) return granted;
  const { accessToken, tokenType, scopes, missingScopes, extra, possession } = token;
  return {
    ...granted,
    token: new IssuedToken({
      accessToken,
      tokenType,
      scopes,
      requestedScopes: [...scopes, ...missingScopes],
      expiresAt: end,
      extra,
      possession,
    }),
  };
}
