import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ConfigurationError } from '../../common/configuration.error.js';
import { AccessRules } from '../access-rule.js';
import { RESOLVED_OPTIONS } from '../jwt-auth.tokens.js';
import type { ResolvedOptions } from '../config/resolved-options.js';
import { type AuditedRoute, audited, summaryOf } from './audited-route.js';
import { declarationFaults } from './declaration-faults.js';
import { HttpRoutes } from './http-routes.js';
import { PolicyRegistry } from './policy-registry.js';
import type { PolicyType } from './authorization-policy.js';

/**
 * Knows the rule of every HTTP route. When the application starts, it writes a summary to the log and each route at
 * level `debug`, and makes the start fail on policies that are no providers and, with `strictCoverage`, on handlers
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
  private known: readonly AuditedRoute[] | undefined;

  /** @internal */
  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly http: HttpRoutes,
    private readonly rules: AccessRules,
    private readonly policies: PolicyRegistry,
  ) {}

  /** Every HTTP route of the application, controller by controller. */
  get routes(): readonly AuditedRoute[] {
    this.known ??= Object.freeze(
      this.http
        .all()
        .map((route) =>
          audited(route, this.rules.ofHandler(route.type, route.handler), this.options.protect),
        ),
    );
    return this.known;
  }

  /** @throws {ConfigurationError} when the start must fail */
  onApplicationBootstrap(): void {
    const faults = [
      ...declarationFaults(this.rules, this.http.all()),
      ...this.policyFaults(),
      ...this.coverageFaults(),
    ];
    if (faults.length > 0) throw new ConfigurationError('JwtAuthModule', faults);
    this.logger.log(summaryOf(this.routes));
    for (const { method, path, controller, handler, rule } of this.routes)
      this.logger.debug(`${method} ${path} (${controller}.${handler}): ${rule}`);
  }

  private policyFaults(): string[] {
    const users = new Map<PolicyType, Set<string>>();
    for (const { type, handler, name } of this.http.all()) {
      const { mode, requirements } = this.rules.ofHandler(type, handler);
      for (const { policy } of mode === 'public' ? [] : requirements) {
        if (!policy) continue;
        const handlers = users.get(policy) ?? new Set();
        users.set(policy, handlers.add(`${type.name}.${name}`));
      }
    }
    return [...users].flatMap(([policy, handlers]) => {
      const fault = this.policies.faultOf(policy);
      return fault ? `@RequirePolicy(${policy.name}) on ${[...handlers].join(', ')}: ${fault}` : [];
    });
  }

  private coverageFaults(): string[] {
    if (!this.options.strictCoverage) return [];
    return this.routes
      .filter(({ decided }) => !decided)
      .map(
        ({ controller, handler, method, path }) =>
          `strictCoverage: ${controller}.${handler} (${method} ${path}) has no decorator, and neither has its class. Decide: @Public(), @OptionalAuth(), a @Require... decorator, or @UseGuards(JwtAuthGuard) where any valid token will do.`,
      );
  }
}
