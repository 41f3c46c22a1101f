import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import {
  type AccessDeclaration,
  type AccessMode,
  contradict,
  declarationByName,
  declarationOfClass,
  declarationOfFunction,
  declaresMethods,
  NOTHING,
  override,
  united,
} from './access-declaration.js';
import type { AnswerTime } from './answer-time.js';
import { inOrder, NEVER, type Requirement, scopesOf } from './requirement.js';
import { rightsRequirement } from './rights.requirement.js';
import type { AccessToken } from '../verification/access-token.js';
import { hasAskingGuard, hasDeclaredGuard } from '../guards/carried-guards.js';
import { HandlerNames } from '../audit/handler-names.js';
import { RESOLVED_OPTIONS } from '../jwt-auth.tokens.js';
import type { ResolvedOptions } from '../options/resolved-options.js';

/** What a handler asks of a request: its own decorators, those of its class and those of the application. */
export interface AccessRule {
  readonly mode: AccessMode;
  /** Whether any decorator speaks of this handler. */
  readonly declared: boolean;
  /** Whether it is declared, or has a guard of its own that asks for a token. */
  readonly decided: boolean;
  /** Whether the guard of the application has to ask also with `protect: 'decorated'`. */
  readonly enforced: boolean;
  /** Why the application must not start with this handler, if so. Nobody gets in meanwhile. */
  readonly fault?: string | undefined;
  /** All of them must be met, in this order. */
  readonly requirements: readonly Requirement[];
  /** All scopes that appear in the requirements, for the challenge. */
  readonly scopes: readonly string[];
  /** Whether some of it is worked out for each request. */
  readonly computed: boolean;
  /** Whether the same token may be answered otherwise the next time that it is asked. */
  readonly changeable: boolean;
  /**
   * Whether a token meets all of it; absent where the request, or a function of the application, has a say. May throw what
   * a claim throws that a schema has made.
   */
  readonly admits?: ((token: AccessToken) => boolean) | undefined;
}

/** What a rule comes to for one request. */
export type RequestRule = Pick<AccessRule, 'requirements' | 'scopes'>;

/** Works out the rule of each handler once. */
@Injectable()
export class AccessRules {
  private readonly known = new WeakMap<object, WeakMap<object, AccessRule>>();
  private readonly ofApplication: readonly Requirement[];
  private readonly strategyName: string;

  constructor(
    @Inject(RESOLVED_OPTIONS) { requiredScopes, strategyName }: ResolvedOptions,
    private readonly names: HandlerNames,
  ) {
    this.ofApplication =
      requiredScopes.length > 0 ? [rightsRequirement('scope', requiredScopes, 'all')] : [];
    this.strategyName = strategyName;
  }

  of(context: ExecutionContext): AccessRule {
    const type = context.getClass();
    const handler = context.getHandler();
    return this.known.get(type)?.get(handler) ?? this.workOut(type, handler, context);
  }

  /**
   * @param handler the function that Nest calls: of the instance, if it has one of its own
   * @param name of the method, to list what it asks also where a request could not be told to be for it: a fault
   */
  ofHandler(type: object, handler: object, name?: string): AccessRule {
    return this.known.get(type)?.get(handler) ?? this.workOut(type, handler, undefined, name);
  }

  private workOut(
    type: object,
    handler: object,
    context?: ExecutionContext,
    name?: string,
  ): AccessRule {
    let ofType = this.known.get(type);
    if (!ofType) this.known.set(type, (ofType = new WeakMap()));
    const names = this.names.of(type, handler, context);
    const rule = this.combine(type, handler, names, name);
    // By class as well: an inherited handler is one function, and each subclass has its own decorators.
    ofType.set(handler, rule);
    return rule;
  }

  private combine(
    type: object,
    handler: object,
    found: readonly string[],
    given: string | undefined,
  ): AccessRule {
    const names = found.length === 0 && given !== undefined ? [given] : found;
    const ofClass = declarationOfClass(type);
    const ofMethod = methodDeclarations(type, handler, names);
    const fault = faultOf(type, handler, found, ofClass, ofMethod);
    const declared = override(ofClass, ofMethod.reduce(united, NOTHING));
    const isDeclared = declared.mode !== undefined;
    const requirements = inOrder([
      ...(fault === undefined ? [] : [NEVER]),
      ...this.ofApplication,
      ...declared.requirements,
    ]);
    const asks = (target: object) => hasAskingGuard(target, this.strategyName);
    const asksByItself = asks(type) || asks(handler);
    // A function that has taken the place of the method on the instance has lost its guards, for Nest.
    const hasLostGuard = !asksByItself && names.some((name) => asks(methodOf(type, name)));
    return {
      mode: fault === undefined ? (declared.mode ?? 'required') : 'required',
      declared: isDeclared,
      decided: isDeclared || asksByItself || hasLostGuard,
      enforced: isDeclared || hasLostGuard || fault !== undefined,
      fault,
      requirements,
      scopes: scopesOf(requirements),
      computed: requirements.some((requirement) => requirement.forRequest !== undefined),
      changeable: requirements.some(({ changeable }) => changeable === true),
      admits: admissionBy(requirements),
    };
  }
}

/** What the function says, and what is said under each of its names. */
function methodDeclarations(
  type: object,
  handler: object,
  names: readonly string[],
): readonly AccessDeclaration[] {
  return [declarationOfFunction(handler), ...names.map((name) => declarationByName(type, name))];
}

/** Ways of losing a rule, those of the future included: each of them would open the handler. */
function faultOf(
  type: object,
  handler: object,
  names: readonly string[],
  ofClass: AccessDeclaration,
  ofMethod: readonly AccessDeclaration[],
): string | undefined {
  if (ofMethod.some((one) => ofMethod.some((other) => contradict(one, other))))
    return 'its decorators contradict each other: some say that a token is needed, and some that it is not. One function may stand for several methods here. Give each its own, and use one of @Public(), @OptionalAuth() and the @Require... decorators.';
  if (hasDeclaredGuard(handler) && !ofMethod.some(speaks))
    return 'it has the guard of a decorator of this module, and what the decorator says is lost. Another decorator has put a function of its own in place of the method: put ours above it.';
  if (hasDeclaredGuard(type) && !speaks(ofClass))
    return 'its class has the guard of a decorator of this module, and what the decorator says is lost. Another decorator has put a class of its own in place of it: put ours above it.';
  if (names.length === 0 && !speaks(declarationOfFunction(handler)) && declaresMethods(type))
    return 'the function that Nest calls is none of its class, so it cannot be told which decorators are about it. Do not make a new function each time that the method is read, nor in the constructor of a request-scoped class that answers messages of microservices.';
  return undefined;
}

function speaks({ mode }: AccessDeclaration): boolean {
  return mode !== undefined;
}

/** The method that a class has under a name. */
function methodOf(type: object, name: string): object {
  const prototype: unknown = Reflect.get(type, 'prototype');
  const method: unknown =
    typeof prototype === 'object' && prototype !== null ? Reflect.get(prototype, name) : undefined;
  return typeof method === 'function' ? method : type;
}

/** All requirements as one question to the token, if it alone decides about each. */
function admissionBy(requirements: readonly Requirement[]): AccessRule['admits'] {
  const checks = requirements.flatMap(({ isMetByToken }) => isMetByToken ?? []);
  if (checks.length < requirements.length) return undefined;
  return (token) => checks.every((check) => check(token));
}

/** Works out what depends on the request. One after the other, so that the functions of one handler do not run against each other. */
export async function ruleFor(
  { requirements }: RequestRule,
  context: ExecutionContext,
  time: AnswerTime,
): Promise<RequestRule> {
  const fixed: Requirement[] = [];
  for (const requirement of requirements)
    fixed.push((await requirement.forRequest?.(context, time)) ?? requirement);
  return { requirements: fixed, scopes: scopesOf(fixed) };
}
