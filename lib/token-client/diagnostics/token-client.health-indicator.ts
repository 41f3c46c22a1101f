import { Inject, Injectable } from '@nestjs/common';
import { AccessTokenError } from '../../common/access-token.error.js';
import { ClientTokenService } from '../client-token.service.js';
import { healthOf, type ClientHealth } from './client-health.js';
import { TokenClientRegistry } from '../token-client.registry.js';
import { TOKEN_CLIENT_REGISTRY } from '../token-client.tokens.js';

/** What a health check looks at. */
export interface TokenClientHealthOptions {
  /** The named clients to look at. @defaultValue all */
  clients?: readonly string[] | undefined;
  /**
   * Asks for a token where there is none that can be used, in place of only looking at what calls have led
   * to. Clients with `resolveClient` are looked at only, as there is no call that says which tenant; those
   * that send tokens of users are always up.
   *
   * @defaultValue false
   */
  request?: boolean | undefined;
}

/** The result of a health check, as @nestjs/terminus wants it. */
export interface TokenClientHealth {
  /** `down` when one of the clients is. */
  readonly status: 'up' | 'down';
  /** Each client by its name. */
  readonly clients: Readonly<Record<string, ClientHealth>>;
}

/**
 * Tells whether the named clients get their tokens, for @nestjs/terminus or any other health check.
 *
 * By default it makes no request: a client is down when there is no token that can be used and the last
 * attempt to get one failed, in the last minute.
 */
@Injectable()
export class TokenClientHealthIndicator {
  readonly #registry: TokenClientRegistry;
  readonly #tokens: ClientTokenService;

  /** @internal */
  constructor(
    @Inject(TOKEN_CLIENT_REGISTRY) registry: TokenClientRegistry,
    tokens: ClientTokenService,
  ) {
    this.#registry = registry;
    this.#tokens = tokens;
  }

  /**
   * @param key the name of this check among others
   * @throws {UnknownTokenClientError} one of `options.clients` is none
   */
  async check(
    key: string,
    { clients, request = false }: TokenClientHealthOptions = {},
  ): Promise<Record<string, TokenClientHealth>> {
    const names = clients ?? this.#registry.clients.map(({ name }) => name);
    const checked = names.map(async (name) => [name, await this.healthOf(name, request)] as const);
    const health = Object.fromEntries(await Promise.all(checked));
    const down = Object.values(health).some(({ status }) => status === 'down');
    const result: TokenClientHealth = { status: down ? 'down' : 'up', clients: health };
    return { [key]: result };
  }

  private async healthOf(name: string, request: boolean): Promise<ClientHealth> {
    const client = this.#registry.get(name);
    const asked = request && client.kind === 'client' && !client.templateOf;
    const failure = asked ? await this.failureOf(name) : undefined;
    const now = this.#registry.settings.clock.now();
    const health = healthOf(client, this.#tokens.statesOf(name), now);
    return failure === undefined ? health : { ...health, status: 'down', error: failure };
  }

  /** The code of the error with which a token could not be had just now. */
  private async failureOf(name: string): Promise<string | undefined> {
    try {
      await this.#tokens.getToken(name);
      return undefined;
    } catch (error) {
      return error instanceof AccessTokenError ? error.code : 'unknown';
    }
  }
}
