import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { ConfigurationError } from '../../common/configuration.error.js';
import { AccessRules } from '../authorization/access-rule.js';
import type { PolicyType } from '../authorization/authorization-policy.js';
import { declarationFaults } from '../authorization/declaration-faults.js';
import { PolicyRegistry } from '../authorization/policy-registry.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { RESOLVED_OPTIONS } from '../jwt-auth.tokens.js';
import { MessageProtection } from '../transports/messages/message-protection.js';
import { type AuditedRoute, audited, closedTransports, summaryOf } from './audited-route.js';
import { coverageFaults, type Finding } from './coverage.js';
import type { Handler, HandlerKind } from './handler.js';
import { isOneAsking } from '../guards/carried-guards.js';
import { HandlerDiscovery } from './handler-discovery.js';
import { hookFaults, reachFaults, unguardedFaults } from './reach.js';

/**
 * Knows the rule of every handler of the application: HTTP routes, messages of gateways, messages and events of
 * microservices, methods of gRPC services, and queries, mutations, subscriptions and fields of GraphQL. When the
 * application starts, it writes a summary to the log and each handler at level `debug`, and makes the start fail on
 * policies that are no providers, on decorators that Nest would not look at and, with `strictCoverage`, on handlers
 * that nobody has decided about. Inject it, or get it in a test, for the list.
 *
 * @example
 * ```ts
 * const open = app.get(AccessAudit).routes.filter(({ access }) => access === 'public');
 * expect(open.map(({ path }) => path)).toEqual(['/health']);
 * ```
 */
@Injectable()
export class AccessAudit implements OnApplicationBootstrap {
  private readonly logger = new Logger('JwtAuthModule');
  private known: readonly Finding[] | undefined;

  /** @internal */
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly discovery: HandlerDiscovery,
    private readonly rules: AccessRules,
    private readonly policies: PolicyRegistry,
    private readonly messages: MessageProtection,
    private readonly config: ApplicationConfig,
  ) {}

  /**
   * Every way to a handler, controller by controller. Whole once the application has been initialized: a prefix or
   * versioning may come late.
   */
  get routes(): readonly AuditedRoute[] {
    return Object.freeze(this.now().map(({ route }) => route));
  }

  /** @throws {ConfigurationError} when the start must fail */
  onApplicationBootstrap(): void {
    this.messages.guardLatecomers();
    // Anew each time: Nest runs it again for a microservice that is connected with `deferInitialization`.
    const findings = this.findings(this.discovery.all());
    this.known = findings;
    const { protect, strictCoverage, strategyName } = this.options;
    const faults = [
      ...declarationFaults(
        this.rules,
        findings.map(({ handler }) => handler),
      ),
      ...this.policyFaults(findings),
      ...reachFaults(findings, protect),
      ...hookFaults(this.discovery.gateways(), strategyName),
      ...unguardedFaults(findings, ({ handler }) => this.messages.guards(handler)),
      ...(strictCoverage ? coverageFaults(findings) : []),
    ];
    if (faults.length > 0) throw new ConfigurationError('JwtAuthModule', faults);
    this.tell(findings.map(({ route }) => route));
  }

  /** What is loaded lazily once the application runs, Nest calls for messages of microservices only. */
  private now(): readonly Finding[] {
    const { known } = this;
    if (!known) return this.findings(this.discovery.all());
    const isOf = (...kinds: readonly HandlerKind[]) =>
      known.filter(({ handler }) => kinds.includes(handler.kind));
    return [...isOf('http'), ...this.findings(this.discovery.messages()), ...isOf('ws', 'graphql')];
  }

  private findings(handlers: readonly Handler[]): readonly Finding[] {
    const { protect, strategyName } = this.options;
    // With `protect: 'decorated'`, the application may have made one of these its guard itself.
    const isAsking = isOneAsking(this.config.getGlobalGuards(), strategyName);
    return handlers.map((handler) => {
      const rule = this.rules.ofHandler(handler.type, handler.handler);
      const isReached = handler.kind === 'http' || handler.kind === 'graphql';
      return {
        handler,
        rule,
        route: audited(handler, rule, isAsking && isReached ? 'everything' : protect),
      };
    });
  }

  private policyFaults(findings: readonly Finding[]): string[] {
    const users = new Map<PolicyType, Set<string>>();
    for (const { handler, rule } of findings) {
      for (const { policy } of rule.mode === 'public' ? [] : rule.requirements) {
        if (!policy) continue;
        const handlers = users.get(policy) ?? new Set();
        users.set(policy, handlers.add(`${handler.type.name}.${handler.name}`));
      }
    }
    return [...users].flatMap(([policy, handlers]) => {
      const fault = this.policies.faultOf(policy);
      return fault ? `@RequirePolicy(${policy.name}) on ${[...handlers].join(', ')}: ${fault}` : [];
    });
  }

  private tell(routes: readonly AuditedRoute[]): void {
    this.logger.log(summaryOf(routes));
    const closed = closedTransports(routes);
    if (closed) this.logger.warn(closed);
    for (const { method, path, version, controller, handler, rule } of routes) {
      const called = version === undefined ? path : `${path} (version ${version})`;
      this.logger.debug(`${method} ${called} (${controller}.${handler}): ${rule}`);
    }
  }
}
