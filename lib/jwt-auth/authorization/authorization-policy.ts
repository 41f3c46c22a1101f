import type { ExecutionContext } from '@nestjs/common';
import type { AccessToken } from '../verification/access-token.js';

/**
 * A rule with a name: a provider that decides whether a token may do something. It is made once and may inject
 * whatever it needs.
 *
 * `@RequirePolicy(SomePolicy)` asks it about the request, whose `ExecutionContext` is then the resource;
 * {@link AuthorizationService} asks it about a resource of yours, such as an order.
 *
 * A `sub` is unique within its issuer alone (RFC 7519 section 4.1.2), so compare both: with several issuers, or tenants
 * that bring their own, another one may well name the same subject.
 *
 * @example
 * ```ts
 * @Injectable()
 * export class OwnsOrder implements AuthorizationPolicy<Order> {
 *   allows({ isUser, issuer, subject }: AccessToken, { owner }: Order) {
 *     return isUser && owner.issuer === issuer && owner.subject === subject;
 *   }
 * }
 * ```
 */
export interface AuthorizationPolicy<Resource = ExecutionContext> {
  /**
   * Only `true` means yes. What it throws refuses the request too, and is answered like any exception: the
   * status of a Nest `HttpException`, else 500 and a line in the log, since a policy that
   * cannot decide is not the fault of the token. What a request waits for has 10 seconds, all of it together:
   * after that the answer is 503.
   */
  allows(token: AccessToken, resource: Resource): boolean | Promise<boolean>;
}

/** The class of a policy, abstract or not: the injection token under which it is provided. */
export type PolicyType<Resource = never> = abstract new (
  ...dependencies: never[]
) => AuthorizationPolicy<Resource>;
