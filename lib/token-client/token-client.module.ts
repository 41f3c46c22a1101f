import { HttpService } from '@nestjs/axios';
import {
  Module,
  type DynamicModule,
  type FactoryProvider,
  type MiddlewareConsumer,
  type NestModule,
} from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import { APPLICATION_CLIENT_IDS, type ClientIds } from '../common/application-clients.js';
import { ClientTokenService } from './client-token.service.js';
import { createTokenClient } from './http/create-token-client.js';
import { loadTelemetry } from './observability/load-telemetry.js';
import { TokenClientHealthIndicator } from './token-client.health-indicator.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './token-client.module-definition.js';
import type {
  TokenClientModuleAsyncOptions,
  TokenClientModuleOptions,
  TokenClientOptions,
} from './token-client.options.js';
import { TokenClientRegistry } from './token-client.registry.js';
import { UserTokenService } from './user-token.service.js';
import { RequestContext } from './user/request-context.js';
import {
  ANNOUNCED_CLIENTS,
  getTokenClientToken,
  getTokenHttpServiceToken,
  TOKEN_CLIENT_REGISTRY,
} from './token-client.tokens.js';

/**
 * Named Axios instances whose calls carry an access token, fetched, cached and renewed behind the scenes.
 *
 * Import `forRoot` or `forRootAsync` once; what it registers can be injected everywhere.
 */
@Module({})
export class TokenClientModule extends ConfigurableModuleClass implements NestModule {
  /** @internal */
  constructor(private readonly context: RequestContext) {
    super();
  }

  /** Lets calls know whose request they are made for, where there are clients that send tokens of users. */
  configure(consumer: MiddlewareConsumer): void {
    this.context.apply(consumer);
  }

  /**
   * @throws {ConfigurationError} while the application starts, with all that is wrong with the options
   */
  static override forRoot(options: TokenClientModuleOptions): DynamicModule {
    // Code that is not type-checked may give nothing, which is to be a fault among the others.
    const given = { ...options };
    return withClients(super.forRoot(given), Object.keys(given.clients ?? {}));
  }

  /**
   * The same, with options from a factory: from configuration, a vault or another provider.
   *
   * @throws {ConfigurationError} while the application starts, with all that is wrong with the options
   */
  static override forRootAsync(options: TokenClientModuleAsyncOptions): DynamicModule {
    const { clients = [] } = options;
    return withClients(super.forRootAsync(options), clients, clients);
  }

  /**
   * Registers more clients, for the module that imports it. They inherit the shared options of `forRoot`.
   *
   * @throws {ConfigurationError} while the application starts, with all that is wrong with the clients
   */
  static forFeature(clients: Readonly<Record<string, TokenClientOptions>>): DynamicModule {
    const names = Object.keys(clients);
    const feature = `TokenClientModule:feature(${names.join()})`;
    const registration: FactoryProvider = {
      provide: feature,
      useFactory: (registry: TokenClientRegistry) => {
        registry.register(clients);
        return registry;
      },
      inject: [TOKEN_CLIENT_REGISTRY],
    };
    return {
      module: TokenClientModule,
      providers: [registration, ...clientProviders(names, feature)],
      exports: tokensOf(names),
    };
  }
}

function withClients(
  definition: DynamicModule,
  names: readonly string[],
  announced?: readonly string[],
): DynamicModule {
  return {
    ...definition,
    global: true,
    providers: [
      ...(definition.providers ?? []),
      { provide: ANNOUNCED_CLIENTS, useValue: announced },
      {
        provide: TOKEN_CLIENT_REGISTRY,
        useFactory: async (options: TokenClientModuleOptions, expected?: readonly string[]) =>
          new TokenClientRegistry(options, expected, await loadTelemetry()),
        inject: [MODULE_OPTIONS_TOKEN, ANNOUNCED_CLIENTS],
      },
      {
        provide: APPLICATION_CLIENT_IDS,
        useFactory:
          (registry: TokenClientRegistry): ClientIds =>
          () =>
            registry.clientIds,
        inject: [TOKEN_CLIENT_REGISTRY],
      },
      ClientTokenService,
      RequestContext,
      TokenClientHealthIndicator,
      UserTokenService,
      ...clientProviders(names, TOKEN_CLIENT_REGISTRY),
    ],
    exports: [
      TOKEN_CLIENT_REGISTRY,
      ClientTokenService,
      RequestContext,
      TokenClientHealthIndicator,
      UserTokenService,
      ...tokensOf(names),
    ],
  };
}

/** @param registry the provider after which the clients are registered */
function clientProviders(names: readonly string[], registry: string): FactoryProvider[] {
  return names.flatMap((name): FactoryProvider[] => [
    {
      provide: getTokenClientToken(name),
      useFactory: (
        clients: TokenClientRegistry,
        clientTokens: ClientTokenService,
        userTokens: UserTokenService,
        context: RequestContext,
      ) => {
        const client = clients.get(name);
        if (client.kind === 'client') return createTokenClient(client, clientTokens, clients);
        context.open();
        return createTokenClient(client, userTokens, clients);
      },
      inject: [registry, ClientTokenService, UserTokenService, RequestContext],
    },
    {
      provide: getTokenHttpServiceToken(name),
      useFactory: (instance: AxiosInstance) => new HttpService(instance),
      inject: [getTokenClientToken(name)],
    },
  ]);
}

function tokensOf(names: readonly string[]): string[] {
  return names.flatMap((name) => [getTokenClientToken(name), getTokenHttpServiceToken(name)]);
}
