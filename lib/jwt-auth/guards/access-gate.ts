import { type ExecutionContext, Inject, Injectable, Logger } from '@nestjs/common';
import { excerpt } from '../../common/excerpt.js';
import { isPromiseLike, type MaybePromise, whenThere } from '../../common/maybe-promise.js';
import {
  type AccessRule,
  AccessRules,
  type RequestRule,
  ruleFor,
} from '../authorization/access-rule.js';
import type { AccessToken } from '../verification/access-token.js';
import { answerInTime } from '../authorization/answer-in-time.js';
import { MistakeLog } from '../authorization/mistake-log.js';
import { PolicyRegistry } from '../authorization/policy-registry.js';
import { firstUnmet, type Requirement } from '../authorization/requirement.js';
import type { HttpRequest } from '../transports/http/bearer-credentials.js';
import { ChallengeWriter } from '../transports/http/challenge-writer.js';
import {
  AccessDeniedError,
  InsufficientScopeError,
  KeysUnavailableError,
  RequestRefusedError,
} from '../errors.js';
import { RESOLVED_OPTIONS } from '../jwt-auth.tokens.js';
import { RequestAuthenticator } from '../request-authenticator.js';
import { forgetOthers, isAdmitted, setAdmitted } from '../transports/http/request-state.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { ClosedTransports } from '../transports/messages/closed-transports.js';
import { mayShowDebug } from '../refusals/debug-level.js';

/** Decides whether a request may reach its handler. The guards are thin shells around it. */
@Injectable()
export class AccessGate {
  private readonly logger = new Logger('JwtAuthModule');

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly rules: AccessRules,
    private readonly authenticator: RequestAuthenticator,
    private readonly policies: PolicyRegistry,
    private readonly challenges: ChallengeWriter,
    private readonly mistakes: MistakeLog,
    private readonly transports: ClosedTransports,
  ) {}

  /** Whether `protect: 'decorated'` lets the guard of the whole application leave a handler alone. */
  isLeftAlone(context: ExecutionContext): boolean {
    if (this.options.protect !== 'decorated' || this.rules.of(context).enforced) return false;
    return this.letIn(context);
  }

  /**
   * At once where nothing has to be waited for.
   *
   * @throws {RequestRefusedError} after its challenge has been written
   */
  admit(context: ExecutionContext): boolean | Promise<boolean> {
    const rule = this.rules.of(context);
    if (rule.mode === 'public') return this.letIn(context);
    if (!isOverHttp(context)) return this.transports.refuse(context, rule.fault);
    const http = context.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    if (isAdmitted(this.authenticator, request, rule, context)) return true;
    const challenge = (error: unknown): never => {
      if (error instanceof RequestRefusedError)
        this.challenges.write(http.getResponse<object>(), error, { request, context });
      throw error;
    };
    try {
      const admitted = whenThere(this.authenticator.authenticate(request), (token) =>
        whenThere(this.authorize(token, rule, context), () => {
          setAdmitted(request, rule, context);
          return true;
        }),
      );
      return isPromiseLike(admitted) ? Promise.resolve(admitted).catch(challenge) : admitted;
    } catch (error) {
      return challenge(error);
    }
  }

  private authorize(
    token: AccessToken | undefined,
    rule: AccessRule,
    context: ExecutionContext,
  ): MaybePromise<void> {
    if (!token) return rule.mode === 'required' ? this.askForToken(rule, context) : undefined;
    const decision = whenThere(ruleFor(rule, context), ({ requirements, scopes }) =>
      whenThere(firstUnmet(requirements, token, context, this.policies), (unmet) => {
        if (unmet) throw this.refusal(unmet, scopes, token, context);
      }),
    );
    return isPromiseLike(decision) ? this.inTime(decision, context) : decision;
  }

  private async inTime<T>(answer: PromiseLike<T>, context: ExecutionContext): Promise<T> {
    try {
      return await answerInTime(answer);
    } catch (error) {
      if (error instanceof KeysUnavailableError)
        this.mistakes.tell(handlerOf(context), error.detail);
      throw error;
    }
  }

  /** Strangers are told which scopes to come back with, and nothing of what goes wrong when they are worked out. */
  private askForToken(rule: AccessRule, context: ExecutionContext): Promise<never> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    if (!rule.computed) throw this.authenticator.missingToken(request, rule.scopes);
    return this.scopesForStrangers(rule, context)
      .catch((): RequestRule => rule)
      .then(({ requirements, scopes }) => {
        const mistake = requirements.find((requirement) => requirement.mistake)?.mistake;
        // One line for all of them, whatever they put into the request.
        if (mistake !== undefined)
          this.mistakes.tell(handlerOf(context), mistake, 'without a token');
        throw this.authenticator.missingToken(request, scopes);
      });
  }

  private async scopesForStrangers(
    rule: AccessRule,
    context: ExecutionContext,
  ): Promise<RequestRule> {
    const forRequest = ruleFor(rule, context);
    return isPromiseLike(forRequest) ? this.inTime(forRequest, context) : forRequest;
  }

  /** Without a look at the token; and what it was worth to another application in this process is no matter here. */
  private letIn(context: ExecutionContext): true {
    if (isOverHttp(context))
      forgetOthers(this.authenticator, context.getArgByIndex<HttpRequest>(0));
    return true;
  }

  private refusal(
    { description, scopes: missing, mistake }: Requirement,
    scopes: readonly string[],
    token: AccessToken,
    context: ExecutionContext,
  ): RequestRefusedError {
    if (mistake !== undefined) this.mistakes.tell(handlerOf(context), mistake);
    if (mayShowDebug()) {
      this.logger.debug(
        `${handlerOf(context)} refused a token of client ${excerpt(token.clientId)}: it needs ${description}, and has ${rightsOf(token)}`,
      );
    }
    return missing.length > 0
      ? new InsufficientScopeError(scopes)
      : new AccessDeniedError(scopes, description);
  }
}

/** Nest says `'http'` too where a library does not tell what it has a handler called for: what comes is anything then. */
function isOverHttp(context: ExecutionContext): boolean {
  if (context.getType() !== 'http') return false;
  const request: HttpRequest | null | undefined = context.getArgByIndex(0);
  return isObject(request?.headers) && isObject(context.getArgByIndex(1));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function rightsOf({ scopes, roles, permissions }: AccessToken): string {
  return Object.entries({ scopes, roles, permissions })
    .filter(([name, values]) => name === 'scopes' || values.size > 0)
    .map(([name, values]) => `the ${name} ${excerpt([...values])}`)
    .join(', ');
}

function handlerOf(context: ExecutionContext): string {
  return `${context.getClass().name}.${context.getHandler().name}`;
}
