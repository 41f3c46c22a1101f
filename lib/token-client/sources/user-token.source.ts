import { buildUserTokenRequest } from '../cache/token-request-plan.js';
import type { TokenRequest } from '../../authorization-server/token-request.js';
import { tokenRequestOf } from '../../authorization-server/token-request.factory.js';
import { assertParameters } from '../cache/token-request-plan.js';
import type { ClientTokenService } from '../client-token.service.js';
import type { ResolvedClient } from '../options/resolved-client.js';
import type { IssuedToken } from '../../authorization-server/issued-token.js';
import type { TokenClientRegistry } from '../token-client.registry.js';
import type { GetTokenOptions } from '../calls/token-source.js';
import type { ExchangedTokens } from '../cache/exchanged-tokens.js';
import { NO_CLIENT, noIncomingToken, noUser, unsureUser } from '../../user-tokens/no-user.js';
import { speaksFor } from '../../user-tokens/speaks-for.js';
import type { UserAccessor } from '../../user-tokens/user-accessor.js';
import type { UserTokens } from '../../user-tokens/user-tokens.js';

/** Where tokens come from. */
interface Sources {
  readonly clientTokens: ClientTokenService;
  readonly tokens: UserTokens;
  readonly exchanged: ExchangedTokens;
}

/** Decides whose token a call carries: of whom the work is done for, and of nobody else. */
export class UserTokenSource {
  constructor(
    private readonly registry: TokenClientRegistry,
    private readonly users: UserAccessor,
    private readonly from: Sources,
  ) {}

  /** @throws {NoUserError} */
  async forClient(client: ResolvedClient, options: GetTokenOptions): Promise<IssuedToken> {
    const { name, kind, withoutUser } = client;
    const { clientTokens, exchanged } = this.from;
    if (kind === 'client') return clientTokens.getToken(name, options);
    const [user, incoming] = [this.users.current(), this.users.incoming()];
    // Nor does the application step in: its own token may do more.
    if (incoming && speaksFor(incoming) === 'nobody') throw unsureUser(name);
    if (kind === 'user' && user) {
      const planned = await buildUserTokenRequest(client, this.registry.userTemplate, options);
      return this.ofUser(name, planned, options);
    }
    if (kind === 'exchange' && incoming) return exchanged.exchange(client, incoming, options);
    if (kind === 'forward' && incoming) return exchanged.forward(client, incoming);
    // A user without a token is not nobody.
    if (!user && withoutUser === 'client') return clientTokens.getToken(name, options);
    throw kind === 'user' ? noUser(name, incoming) : noIncomingToken(name, kind, user);
  }

  /**
   * The token of the current user as the shared options ask for it, for no client.
   *
   * @throws {NoUserError}
   */
  async forSharedOptions(options: GetTokenOptions): Promise<IssuedToken> {
    const { scope, resource, audience, parameters } = options;
    const own = assertParameters(NO_CLIENT, { scope, resource, audience, parameters });
    return this.ofUser(NO_CLIENT, tokenRequestOf(this.registry.userTemplate, own).request, options);
  }

  private ofUser(
    client: string,
    request: TokenRequest,
    { force, rejected }: GetTokenOptions,
  ): Promise<IssuedToken> {
    const user = this.users.required(client);
    return this.from.tokens.get({ client, user, request, force, rejected });
  }
}
