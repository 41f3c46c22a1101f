import { Injectable } from '@nestjs/common';
import type { AccessToken } from '../verification/access-token.js';
import { AccessDeniedError, MissingTokenError } from '../errors.js';
import { withAnswerTime } from './answer-time.js';
import type { PolicyType } from './authorization-policy.js';
import { PolicyRegistry } from './policy-registry.js';
import { isStrictlyTrue } from './requirement.js';

/** The resource that a policy is asked about; nothing for a policy that looks at none. */
export type PolicyResource<Resource> = undefined extends Resource
  ? [resource?: Resource]
  : [resource: Resource];

/**
 * Asks policies where a decorator cannot: in a handler or a service, about a resource that had to be
 * loaded first.
 *
 * @example
 * ```ts
 * const order = await this.orders.find(id);
 * await this.authorization.require(OwnsOrder, token, order);
 * ```
 */
@Injectable()
export class AuthorizationService {
  /** @internal */
  constructor(private readonly policies: PolicyRegistry) {}

  /**
   * Whether a policy allows it. Without a token, nothing is allowed.
   *
   * @throws what the policy throws
   * @throws {KeysUnavailableError} 503, when the policy gives no answer within 10 seconds
   * @throws {ConfigurationError} when the policy is not a provider
   */
  async allows<Resource>(
    policy: PolicyType<Resource>,
    token: AccessToken | undefined,
    ...resource: PolicyResource<Resource>
  ): Promise<boolean> {
    const found = this.policies.get(policy);
    if (token === undefined) return false;
    return isStrictlyTrue(
      await withAnswerTime(async (time) => time.wait(found.allows(token, resource[0]))),
    );
  }

  /**
   * Goes on only if a policy allows it. Thrown in a handler, the errors answer by themselves with the status and
   * the body that the guard would give; the challenge is written by the guard alone.
   *
   * @throws {AccessDeniedError} 403, when the policy does not allow it
   * @throws {MissingTokenError} 401, when there is no token
   * @throws what the policy throws
   * @throws {KeysUnavailableError} 503, when the policy gives no answer within 10 seconds
   * @throws {ConfigurationError} when the policy is not a provider
   */
  async require<Resource>(
    policy: PolicyType<Resource>,
    token: AccessToken | undefined,
    ...resource: PolicyResource<Resource>
  ): Promise<void> {
    const allowed = await this.allows(policy, token, ...resource);
    if (!token) throw new MissingTokenError();
    if (!allowed) throw new AccessDeniedError([], `policy ${policy.name}`);
  }
}
