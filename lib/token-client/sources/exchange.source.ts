import type { IssuedToken } from '../../authorization-server/issued-token.js';
import { noIncomingToken } from '../../user-tokens/no-user.js';
import type { GetTokenOptions, TokenSource } from '../calls/token-source.js';
import type { ResolvedClient } from '../options/resolved-client.js';
import { currentPrincipal } from './current-principal.js';
import type { UserSources } from './user-sources.js';

/** `token: 'exchange'`: a token got for the one of the request under way (RFC 8693). */
export class ExchangeSource implements TokenSource {
  constructor(
    private readonly client: ResolvedClient,
    private readonly from: UserSources,
  ) {}

  /** @throws {NoUserError} */
  async getToken(options: GetTokenOptions): Promise<IssuedToken> {
    const { name, withoutUser } = this.client;
    const { application, exchanged, users } = this.from;
    const { user, incoming } = currentPrincipal(users, name);
    if (incoming) return exchanged.exchange(this.client, incoming, options);
    // A user without a token is not nobody.
    if (!user && withoutUser === 'client') return application.getToken(name, options);
    throw noIncomingToken(name, 'exchange', user);
  }
}
