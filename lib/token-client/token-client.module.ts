import {
  Inject,
  Module,
  Optional,
  type DynamicModule,
  type FactoryProvider,
  type MiddlewareConsumer,
  type NestModule,
} from '@nestjs/common';
import { APPLICATION_CLIENT_IDS, type ClientIds } from '../common/application-clients.js';
import { type ConfigurationError, notRegistered } from '../common/configuration.error.js';
import {
  clientProviders,
  tokenClientMaker,
  tokensOf,
  type TokenClientMaker,
} from './client-providers.js';
import { ClientTokenService } from './client-token.service.js';
import { withRedis } from './options/shared-redis.js';
import { loadTelemetry } from '../observability/load-telemetry.js';
import { TokenClientHealthIndicator } from './diagnostics/token-client.health-indicator.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './token-client.module-definition.js';
import type {
  TokenClientModuleAsyncOptions,
  TokenClientModuleOptions,
  TokenClientOptions,
} from './options/token-client.options.js';
import { SecondRootWarning } from './second-root.warning.js';
import { TokenClientRegistry } from './token-client.registry.js';
import { UserTokenService } from './user-token.service.js';
import { RequestContext } from '../user-tokens/request-context.js';
import {
  ANNOUNCED_CLIENTS,
  IS_REGISTERED,
  TOKEN_CLIENT_MAKER,
  TOKEN_CLIENT_REGISTRY,
} from './token-client.tokens.js';

/**
 * Named Axios instances whose calls carry an access token, fetched, cached and renewed behind the scenes.
 *
 * Import `forRoot` or `forRootAsync` once; what it registers can be injected everywhere.
 */
@Module({})
export class TokenClientModule extends ConfigurableModuleClass implements NestModule {
  /**
   * @internal
   * @throws {ConfigurationError} when the module is imported, but nowhere with the options of `forRoot`
   */
  constructor(
    @Optional() @Inject(IS_REGISTERED) isRegistered: true | undefined,
    @Optional() @Inject(RequestContext) private readonly context: RequestContext | undefined,
  ) {
    super();
    if (!isRegistered) throw missingRoot();
  }

  /** Lets calls know whose request they are made for, where there are clients that send tokens of users. */
  configure(consumer: MiddlewareConsumer): void {
    this.context?.apply(consumer);
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
      // Optional, so that it is our own error that says what is missing.
      useFactory: (
        isRegistered?: true,
        registry?: TokenClientRegistry,
        make?: TokenClientMaker,
      ) => {
        if (!isRegistered) throw missingRoot();
        registry?.register(clients);
        return make;
      },
      inject: [IS_REGISTERED, TOKEN_CLIENT_REGISTRY, TOKEN_CLIENT_MAKER].map((token) => ({
        token,
        optional: true,
      })),
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
      { provide: IS_REGISTERED, useValue: true },
      { provide: ANNOUNCED_CLIENTS, useValue: announced },
      {
        provide: TOKEN_CLIENT_REGISTRY,
        useFactory: async (given: TokenClientModuleOptions, expected?: readonly string[]) => {
          const shared = await withRedis(given);
          return new TokenClientRegistry(shared.options, expected, await loadTelemetry(), shared);
        },
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
      tokenClientMaker,
      ClientTokenService,
      RequestContext,
      SecondRootWarning,
      TokenClientHealthIndicator,
      UserTokenService,
      ...clientProviders(names, TOKEN_CLIENT_MAKER),
    ],
    exports: [
      IS_REGISTERED,
      TOKEN_CLIENT_MAKER,
      TOKEN_CLIENT_REGISTRY,
      ClientTokenService,
      RequestContext,
      TokenClientHealthIndicator,
      UserTokenService,
      ...tokensOf(names),
    ],
  };
}

function missingRoot(): ConfigurationError {
  return notRegistered('TokenClientModule', '{ issuer, clientId, clientSecret, clients }');
}
