import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { AccessGate } from './access-gate.js';
import { AccessRules } from './access-rule.js';
import { ApplicationGuard } from './application.guard.js';
import { AccessAudit } from './audit/access-audit.js';
import { AuthorizationService } from './authorization/authorization.service.js';
import { MistakeLog } from './authorization/mistake-log.js';
import { HandlerDiscovery } from './audit/handler-discovery.js';
import { PolicyRegistry } from './authorization/policy-registry.js';
import { ChallengeWriter } from './challenge-writer.js';
import { GuardOrderWarning } from './guard-order.warning.js';
import { HandlerNames } from './handler-names.js';
import { IssuerRegistry } from './issuers/issuer-registry.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './jwt-auth.module-definition.js';
import type { JwtAuthAsyncOptions, JwtAuthOptions } from './jwt-auth.options.js';
import { RESOLVED_OPTIONS } from './jwt-auth.tokens.js';
import { JwtStrategy } from './jwt.strategy.js';
import { RefusalLog } from './refusals/refusal-log.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { resolveOptions } from './config/resolve-options.js';
import { ClosedTransports } from './transports/closed-transports.js';
import { MessageProtection } from './transports/message-protection.js';
import { SharedIdentifierWarning } from './shared-identifier.warning.js';
import { TokenVerifier } from './token-verifier.js';

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
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: RESOLVED_OPTIONS, inject: [MODULE_OPTIONS_TOKEN], useFactory: resolveOptions },
    { provide: APP_GUARD, useClass: ApplicationGuard },
    AccessAudit,
    AccessGate,
    AccessRules,
    AuthorizationService,
    ChallengeWriter,
    ClosedTransports,
    GuardOrderWarning,
    HandlerDiscovery,
    HandlerNames,
    MessageProtection,
    JwtAuthGuard,
    JwtStrategy,
    MistakeLog,
    PolicyRegistry,
    RefusalLog,
    RequestAuthenticator,
    SharedIdentifierWarning,
    IssuerRegistry,
    TokenVerifier,
  ],
  exports: [AccessAudit, AccessGate, AuthorizationService, JwtAuthGuard, TokenVerifier],
})
export class JwtAuthModule extends ConfigurableModuleClass {
  /**
   * Registers the module, once for the application.
   *
   * @throws {ConfigurationError} while the application starts, with all that is wrong with the options
   */
  static override forRoot(options: JwtAuthOptions): DynamicModule {
    // Code that is not type-checked may give nothing, which is to be a fault among the others.
    return super.forRoot({ ...options });
  }

  /**
   * The same, with options from a factory: from configuration, a vault or another provider.
   *
   * @throws {ConfigurationError} while the application starts, with all that is wrong with the options
   */
  static override forRootAsync(options: JwtAuthAsyncOptions): DynamicModule {
    return super.forRootAsync(options);
  }
}
