import type { UserAccessor } from '../../user-tokens/user-accessor.js';
import type { UserTokens } from '../../user-tokens/user-tokens.js';
import type { ExchangedTokens } from '../cache/exchanged-tokens.js';
import type { ClientTokenService } from '../client-token.service.js';
import type { TokenClientRegistry } from '../token-client.registry.js';

/** What tokens in the name of somebody are got from. */
export interface UserSources {
  /** For clients that may send the token of the application where there is no user. */
  readonly application: Pick<ClientTokenService, 'getToken'>;
  readonly exchanged: ExchangedTokens;
  readonly registry: Pick<TokenClientRegistry, 'userTemplate'>;
  readonly tokens: UserTokens;
  readonly users: UserAccessor;
}
