import type { ExecutionContext } from '@nestjs/common';
import { isPromiseLike, type MaybePromise } from '../../common/maybe-promise.js';
import type { AccessToken } from '../verification/access-token.js';
import type { PolicyType } from './authorization-policy.js';
import type { PolicyRegistry } from './policy-registry.js';

/** What is asked first: scopes, which a client can get more of; what costs time comes last. */
export type RequirementRank = 'scope' | 'token' | 'policy';

const ORDER: Record<RequirementRank, number> = { scope: 0, token: 1, policy: 2 };

/** One thing that a decorator, or the application, asks of a token. A handler wants all of its requirements met. */
export interface Requirement {
  readonly rank: RequirementRank;
  /** For the log and the audit, such as `scope orders.read`. */
  readonly description: string;
  /** The scopes that would meet it, for the challenge; none where scopes have no part in it. */
  readonly scopes: readonly string[];
  /** The policy that decides, where one does; the start of the application makes sure that it is there. */
  readonly policy?: PolicyType;
  /** Only `true` counts as yes. No promise where none is needed: most requirements are met at once. */
  isMetBy(
    token: AccessToken,
    context: ExecutionContext,
    policies: PolicyRegistry,
  ): MaybePromise<boolean>;
  /** Whether it may answer otherwise the next time, as it asks a function of the application. */
  readonly changeable?: boolean;
  /** Why nobody meets it, for the log, where that is a mistake of the application. */
  readonly mistake?: string;
  /** What it comes to for this request; absent where it is the same for all. */
  forRequest?(context: ExecutionContext): MaybePromise<Requirement>;
}

/** What no token meets: nobody knows who may pass. */
export const NEVER: Requirement = {
  rank: 'scope',
  description: 'what cannot be told',
  scopes: [],
  isMetBy: () => false,
};

/** Code that is not type-checked may answer anything: only `true` is a yes. */
export function isYes(answer: unknown): boolean {
  return answer === true;
}

/** In the order in which they are asked; otherwise as they were declared. */
export function inOrder(requirements: readonly Requirement[]): readonly Requirement[] {
  return requirements.toSorted((a, b) => ORDER[a.rank] - ORDER[b.rank]);
}

/** The scopes of all requirements, each once. */
export function scopesOf(requirements: readonly Requirement[]): readonly string[] {
  return [...new Set(requirements.flatMap(({ scopes }) => scopes))];
}

/** The first requirement that a token does not meet. Those after it are not asked. */
export function firstUnmet(
  requirements: readonly Requirement[],
  token: AccessToken,
  context: ExecutionContext,
  policies: PolicyRegistry,
): MaybePromise<Requirement | undefined> {
  let asked = 0;
  for (const requirement of requirements) {
    asked += 1;
    const met = requirement.isMetBy(token, context, policies);
    if (isPromiseLike(met)) {
      const rest = requirements.slice(asked);
      return met.then((answer) =>
        isYes(answer) ? firstUnmet(rest, token, context, policies) : requirement,
      );
    }
    if (!isYes(met)) return requirement;
  }
  return undefined;
}
