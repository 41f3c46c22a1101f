import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { untilAborted } from '../common/until-aborted.js';
import { TokenCache } from './acquisition/token-cache.js';
import { TokenEndpoint } from './acquisition/token-endpoint.js';
import { NoTokenError } from './errors.js';
import type { IssuedToken } from './issued-token.js';
import { TokenClientRegistry } from './token-client.registry.js';
import { TOKEN_CLIENT_REGISTRY } from './token-client.tokens.js';

/** How a token is wanted. */
export interface GetTokenOptions {
  /**
   * Asks the authorization server even though there is a token that could still be used. Callers who
   * do so at the same time share one token request.
   *
   * @defaultValue false
   */
  force?: boolean | undefined;
  /**
   * Ends the waiting of this caller, with the signal's reason. The token request goes on for the others.
   */
  signal?: AbortSignal | undefined;
}

/**
 * Gets the tokens of this application itself (client credentials grant, RFC 6749 section 4.4), keeps
 * them in memory and renews them before they end. Named clients ask here; ask yourself where a token has
 * to travel by other means than Axios.
 *
 * Named clients whose token would be the same in every respect share it.
 */
@Injectable()
export class ClientTokenService implements OnApplicationShutdown {
  readonly #registry: TokenClientRegistry;
  readonly #endpoint: TokenEndpoint;
  readonly #cache: TokenCache;

  /** @internal */
  constructor(@Inject(TOKEN_CLIENT_REGISTRY) registry: TokenClientRegistry) {
    this.#registry = registry;
    this.#endpoint = new TokenEndpoint(registry.settings);
    this.#cache = new TokenCache(registry.settings.clock, new Logger('TokenClientModule'));
  }

  /**
   * The token that calls of a named client carry.
   *
   * @param client the name of the client in the options of `TokenClientModule`
   * @throws {TokenRequestError} the authorization server refuses
   * @throws {TokenEndpointUnavailableError} the authorization server cannot be asked
   * @throws {ClientSecretUnavailableError} the secret cannot be read
   * @throws {UnknownTokenClientError} there is no client of that name
   */
  async getToken(client: string, options: GetTokenOptions = {}): Promise<IssuedToken> {
    const { tokenKey, tokenRequest } = this.#registry.get(client);
    const { force, signal } = options;
    signal?.throwIfAborted();
    const request = () => this.#endpoint.request(tokenRequest, client);
    try {
      return await untilAborted(this.#cache.get(tokenKey, request, force), signal);
    } catch (error) {
      throw error instanceof NoTokenError ? error.forClient(client) : error;
    }
  }

  /**
   * Forgets the token of a named client, so that the next call asks for a new one. It stays valid until
   * it ends: this is not a revocation.
   *
   * @throws {UnknownTokenClientError} there is no client of that name
   */
  async invalidate(client: string): Promise<void> {
    this.#cache.forget(this.#registry.get(client).tokenKey);
  }

  /**
   * Gives up token requests under way and forgets all tokens. Late, and not with `onModuleDestroy`: Nest
   * lets the requests under way finish in between, and they may still need a token.
   */
  onApplicationShutdown(): void {
    this.#endpoint.close();
    this.#cache.clear();
  }
}
