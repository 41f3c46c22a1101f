import type { IssuedToken } from '../../authorization-server/issued-token.js';
import { noIncomingToken } from '../../user-tokens/no-user.js';
import type { GetTokenOptions, TokenSource } from '../calls/token-source.js';
import type { ResolvedClient } from '../options/resolved-client.js';
import { currentPrincipal } from './current-principal.js';
import type { UserSources } from './user-sources.js';

/** `token: 'forward'`: the access token of the request under way, as it came. */
export class ForwardSource implements TokenSource {
  constructor(
    private readonly client: ResolvedClient,
    private readonly from: UserSources,
  ) {}

  /** @throws {NoUserError} */
  async getToken(options: GetTokenOptions): Promise<IssuedToken> {
    const { name, withoutUser } = this.client;
    const { application, exchanged, users } = this.from;
    const { user, incoming } = currentPrincipal(users, name);
    if (incoming) return exchanged.forward(this.client, incoming);
    if (!user && withoutUser === 'client') return application.getToken(name, options);
    throw noIncomingToken(name, 'forward', user);
  }
}
