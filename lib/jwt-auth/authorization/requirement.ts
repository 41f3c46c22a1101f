import type { ExecutionContext } from '@nestjs/common';
import type { AccessToken } from '../verification/access-token.js';
import type { AnswerTime } from './answer-time.js';
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
  /** Only `true` counts as yes. */
  isMetBy(
    token: AccessToken,
    context: ExecutionContext,
    policies: PolicyRegistry,
  ): boolean | Promise<boolean>;
  /** The same answer from the token alone; absent where the request, or a function of the application, has a say. */
  readonly isMetByToken?: (token: AccessToken) => boolean;
  /** Whether it may answer otherwise the next time, as it asks a function of the application. */
  readonly changeable?: boolean;
  /** Why nobody meets it, for the log, where that is a mistake of the application. */
  readonly mistake?: string;
  /** What it comes to for this request; absent where it is the same for all. */
  forRequest?(context: ExecutionContext, time: AnswerTime): Promise<Requirement>;
}

/** What a requirement is made of that the token alone decides about. */
type TokenRequirement = Pick<Requirement, 'rank' | 'description' | 'scopes'> &
  Required<Pick<Requirement, 'isMetByToken'>>;

/** A requirement that the token alone decides about. */
export function tokenRequirement(requirement: TokenRequirement): Requirement {
  return { ...requirement, isMetBy: (token) => requirement.isMetByToken(token) };
}

/** What no token meets: nobody knows who may pass. */
export const NEVER = tokenRequirement({
  rank: 'scope',
  description: 'what cannot be told',
  scopes: [],
  isMetByToken: () => false,
});

/** Code that is not type-checked may answer anything: only `true` is a yes. */
export function isStrictlyTrue(answer: unknown): boolean {
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

/**
 * The first requirement that a token does not meet. Those after it are not asked.
 *
 * @param time for all that has to be waited for
 */
export async function firstUnmet(
  requirements: readonly Requirement[],
  token: AccessToken,
  context: ExecutionContext,
  policies: PolicyRegistry,
  time: AnswerTime,
): Promise<Requirement | undefined> {
  for (const requirement of requirements) {
    const met = await time.wait(requirement.isMetBy(token, context, policies));
    if (!isStrictlyTrue(met)) return requirement;
  }
  return undefined;
}
