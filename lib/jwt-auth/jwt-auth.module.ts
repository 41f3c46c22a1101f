import { type DynamicModule, Inject, Module, type ModuleMetadata, Optional } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { notRegistered } from '../common/configuration.error.js';
import { AccessGate } from './guards/access-gate.js';
import { AccessRules } from './authorization/access-rule.js';
import { ApplicationGuard } from './guards/application.guard.js';
import { AccessAudit } from './audit/access-audit.js';
import { ServedRoutesModule } from './served-routes/served-routes.module.js';
import { UnguardedRoutesWarning } from './served-routes/unguarded-routes.warning.js';
import { AuthorizationService } from './authorization/authorization.service.js';
import { MistakeLog } from './authorization/mistake-log.js';
import { HandlerDiscovery } from './audit/handler-discovery.js';
import { PolicyRegistry } from './authorization/policy-registry.js';
import { ChallengeWriter } from './transports/http/challenge-writer.js';
import { GuardOrderWarning } from './guards/guard-order.warning.js';
import { HandlerNames } from './audit/handler-names.js';
import { IssuerRegistry } from './issuers/issuer-registry.js';
import { JwtAuthGuard } from './guards/jwt-auth.guard.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './jwt-auth.module-definition.js';
import type { JwtAuthAsyncOptions, JwtAuthOptions } from './options/jwt-auth.options.js';
import {
  GUARD_IN_USE,
  IS_REGISTERED,
  RESOLVED_OPTIONS,
  STRATEGIES_BEFORE,
} from './jwt-auth.tokens.js';
import { allStrategies } from './passport-registry.js';
import { JwtStrategy } from './jwt.strategy.js';
import { GuardHolder, ReplaceableGuard } from './guards/replaceable-guard.js';
import { RefusalLog } from './refusals/refusal-log.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { resolveOptions } from './options/resolve-options.js';
import { ClosedTransports } from './transports/messages/closed-transports.js';
import { MessageProtection } from './transports/messages/message-protection.js';
import { SharedIdentifierWarning } from './shared-identifier.warning.js';
import { TokenVerifier } from './token-verifier.js';
import { VerifiedTokenCache } from './verification/verified-token.cache.js';

/** Nest reads the factory of a provider when it begins to make an application, before it makes anything for it. */
const strategiesBefore = {
  provide: STRATEGIES_BEFORE,
  get useFactory() {
    const before = allStrategies();
    return () => before;
  },
};

/** What `forRoot` brings, and a bare import of the module does not: there is one of each in an application. */
const CONTENTS = {
  imports: [DiscoveryModule, ServedRoutesModule],
  providers: [
    { provide: RESOLVED_OPTIONS, inject: [MODULE_OPTIONS_TOKEN], useFactory: resolveOptions },
    { provide: IS_REGISTERED, useValue: true },
    { provide: GUARD_IN_USE, useExisting: ReplaceableGuard },
    { provide: APP_GUARD, useExisting: ApplicationGuard },
    strategiesBefore,
    ApplicationGuard,
    AccessAudit,
    AccessGate,
    AccessRules,
    AuthorizationService,
    ChallengeWriter,
    ClosedTransports,
    GuardHolder,
    GuardOrderWarning,
    HandlerDiscovery,
    HandlerNames,
    MessageProtection,
    JwtAuthGuard,
    JwtStrategy,
    MistakeLog,
    PolicyRegistry,
    ReplaceableGuard,
    RefusalLog,
    RequestAuthenticator,
    SharedIdentifierWarning,
    IssuerRegistry,
    TokenVerifier,
    UnguardedRoutesWarning,
    VerifiedTokenCache,
  ],
  exports: [
    IS_REGISTERED,
    GUARD_IN_USE,
    AccessAudit,
    AccessGate,
    AuthorizationService,
    JwtAuthGuard,
    TokenVerifier,
  ],
} satisfies ModuleMetadata;

/**
 * Protects an API: requests get in only with an access token that this API was meant to get, and
 * reach each handler only with the scopes it asks for.
 *
 * @example
 * ```ts
 * @Module({
 *   imports: [
 *     JwtAuthModule.forRoot({
 *       issuer: 'https://id.example.com',
 *       audience: 'https://orders.example.com',
 *     }),
 *   ],
 * })
 * export class AppModule {}
 * ```
 */
// By itself it has nothing to give away: that comes with the options.
@Module({ exports: [] })
export class JwtAuthModule extends ConfigurableModuleClass {
  /**
   * @internal
   * @throws {ConfigurationError} when the module is imported by its name alone, and nowhere with options
   */
  constructor(@Optional() @Inject(IS_REGISTERED) isRegistered: true | undefined) {
    super();
    if (!isRegistered) throw notRegistered('JwtAuthModule', '{ issuer, audience }');
  }

  /**
   * Registers the module, once for the application.
   *
   * @throws {ConfigurationError} while the application starts, with all that is wrong with the options
   */
  static override forRoot(options: JwtAuthOptions): DynamicModule {
    // Code that is not type-checked may give nothing, which is to be a fault among the others.
    return withContents(super.forRoot({ ...options }));
  }

  /**
   * The same, with options from a factory: from configuration, a vault or another provider.
   *
   * @throws {ConfigurationError} while the application starts, with all that is wrong with the options
   */
  static override forRootAsync(options: JwtAuthAsyncOptions): DynamicModule {
    return withContents(super.forRootAsync(options));
  }
}

function withContents(definition: DynamicModule): DynamicModule {
  return {
    ...definition,
    imports: [...(definition.imports ?? []), ...CONTENTS.imports],
    providers: [...(definition.providers ?? []), ...CONTENTS.providers],
    exports: CONTENTS.exports,
  };
}
