import { assertParameters, buildUserTokenRequest } from '../cache/token-request-plan.js';
import { tokenRequestOf } from '../../authorization-server/token-request.factory.js';
import type { IssuedToken } from '../../authorization-server/issued-token.js';
import { NO_CLIENT, noUser } from '../../user-tokens/no-user.js';
import type { GetTokenOptions, TokenSource } from '../calls/token-source.js';
import type { ResolvedClient } from '../options/resolved-client.js';
import { currentPrincipal } from './current-principal.js';
import type { UserSources } from './user-sources.js';

/** `token: 'user'`: the token of the current user, refreshed in time. */
export class UserSource implements TokenSource {
  constructor(
    private readonly client: ResolvedClient,
    private readonly from: UserSources,
  ) {}

  /** @throws {NoUserError} */
  async getToken(options: GetTokenOptions): Promise<IssuedToken> {
    const { name, withoutUser } = this.client;
    const { application, registry, tokens, users } = this.from;
    const { user, incoming } = currentPrincipal(users, name);
    if (!user) {
      if (withoutUser === 'client') return application.getToken(name, options);
      throw noUser(name, incoming);
    }
    const request = await buildUserTokenRequest(this.client, registry.userTemplate, options);
    const { force, rejected } = options;
    return tokens.get({ client: name, user: users.required(name), request, force, rejected });
  }
}

/**
 * The token of the current user as the shared options ask for it, for no client.
 *
 * @throws {NoUserError}
 */
export async function userTokenOf(
  { registry, tokens, users }: UserSources,
  options: GetTokenOptions,
): Promise<IssuedToken> {
  const { scope, resource, audience, parameters, force, rejected } = options;
  const own = assertParameters(NO_CLIENT, { scope, resource, audience, parameters });
  const { request } = tokenRequestOf(registry.userTemplate, own);
  const user = users.required(NO_CLIENT);
  return tokens.get({ client: NO_CLIENT, user, request, force, rejected });
}
