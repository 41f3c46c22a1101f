import type { ExecutionContext } from '@nestjs/common';
import type { PolicyType } from './authorization-policy.js';
import type { Requirement } from './requirement.js';

/** Asks a policy about the request. */
export function policyRequirement(policy: PolicyType<ExecutionContext>): Requirement {
  return {
    rank: 'policy',
    description: `policy ${policy.name}`,
    scopes: [],
    policy,
    changeable: true,
    isMetBy: (token, context, policies) => policies.get(policy).allows(token, context),
  };
}
