import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { type MaybePromise, whenThere } from '../common/maybe-promise.js';
import {
  type AccessMode,
  declarationOfClass,
  override,
  ownDeclaration,
} from './access-declaration.js';
import { inOrder, type Requirement, scopesOf } from './authorization/requirement.js';
import { rightsRequirement } from './authorization/rights.requirement.js';
import { RESOLVED_OPTIONS } from './jwt-auth.tokens.js';
import type { ResolvedOptions } from './config/resolved-options.js';

/** What a handler asks of a request: its own decorators, those of its class and those of the application. */
export interface AccessRule {
  readonly mode: AccessMode;
  /** Whether any decorator speaks of this handler. */
  readonly declared: boolean;
  /** All of them must be met, in this order. */
  readonly requirements: readonly Requirement[];
  /** All scopes that appear in the requirements, for the challenge. */
  readonly scopes: readonly string[];
  /** Whether some of it is worked out for each request. */
  readonly computed: boolean;
}

/** What a rule comes to for one request. */
export type RequestRule = Pick<AccessRule, 'requirements' | 'scopes'>;

/** Works out the rule of each handler once. */
@Injectable()
export class AccessRules {
  private readonly known = new WeakMap<object, WeakMap<object, AccessRule>>();
  private readonly ofApplication: readonly Requirement[];

  constructor(@Inject(RESOLVED_OPTIONS) { requiredScopes }: ResolvedOptions) {
    this.ofApplication =
      requiredScopes.length > 0 ? [rightsRequirement('scope', requiredScopes, 'all')] : [];
  }

  of(context: ExecutionContext): AccessRule {
    return this.ofHandler(context.getClass(), context.getHandler());
  }

  ofHandler(type: object, handler: object, _name?: string): AccessRule {
    let ofType = this.known.get(type);
    if (!ofType) this.known.set(type, (ofType = new WeakMap()));
    let rule = ofType.get(handler);
    // By class as well: an inherited handler is one function, and each subclass has its own decorators.
    if (!rule) ofType.set(handler, (rule = this.combine(type, handler)));
    return rule;
  }

  private combine(type: object, handler: object): AccessRule {
    const declared = override(declarationOfClass(type), ownDeclaration(handler));
    const requirements = inOrder([...this.ofApplication, ...declared.requirements]);
    return {
      mode: declared.mode ?? 'required',
      declared: declared.mode !== undefined,
      requirements,
      scopes: scopesOf(requirements),
      computed: requirements.some((requirement) => requirement.forRequest !== undefined),
    };
  }
}

/** Works out what depends on the request: nothing, and then at once, for most rules. */
export function ruleFor(rule: AccessRule, context: ExecutionContext): MaybePromise<RequestRule> {
  if (!rule.computed) return rule;
  return whenThere(requirementsFor(rule.requirements, context), (requirements) => ({
    requirements,
    scopes: scopesOf(requirements),
  }));
}

/** One after the other, so that the functions of one handler do not run against each other. */
function requirementsFor(
  [first, ...rest]: readonly Requirement[],
  context: ExecutionContext,
): MaybePromise<readonly Requirement[]> {
  if (!first) return [];
  return whenThere(first.forRequest?.(context) ?? first, (requirement) =>
    whenThere(requirementsFor(rest, context), (others) => [requirement, ...others]),
  );
}
