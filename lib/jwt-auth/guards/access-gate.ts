import { type ExecutionContext, Inject, Injectable, Logger } from '@nestjs/common';
import { excerpt } from '../../common/excerpt.js';
import { type AccessRule, AccessRules, ruleFor } from '../authorization/access-rule.js';
import type { AccessToken } from '../verification/access-token.js';
import { type AnswerTime, withAnswerTime } from '../authorization/answer-time.js';
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

  /** @throws {RequestRefusedError} after its challenge has been written */
  admit(context: ExecutionContext): boolean | Promise<boolean> {
    const rule = this.rules.of(context);
    if (rule.mode === 'public') return this.letIn(context);
    if (!isOverHttp(context)) return this.transports.refuse(context, rule.fault);
    const request = context.switchToHttp().getRequest<HttpRequest>();
    return (
      isAdmitted(this.authenticator, request, rule, context) ||
      this.admitAtOnce(request, rule, context) ||
      this.decide(request, rule, context)
    );
  }

  /**
   * The way of nearly all requests, with no promise, which costs more than all the rest: the token is remembered, and
   * the rule asks nothing but the token. Never throws; what it does not let in is decided with all else.
   */
  private admitAtOnce(request: HttpRequest, rule: AccessRule, context: ExecutionContext): boolean {
    if (!rule.admits) return false;
    const token = this.authenticator.recall(request);
    if (!token || !meets(token, rule.admits)) return false;
    setAdmitted(request, rule, context);
    return true;
  }

  private async decide(
    request: HttpRequest,
    rule: AccessRule,
    context: ExecutionContext,
  ): Promise<boolean> {
    try {
      const token = await this.authenticator.authenticate(request);
      if (token) await this.authorize(token, rule, context);
      else if (rule.mode === 'required') throw await this.missingToken(request, rule, context);
      setAdmitted(request, rule, context);
      return true;
    } catch (error) {
      if (error instanceof RequestRefusedError)
        this.challenges.write(context.switchToHttp().getResponse(), error, { request, context });
      throw error;
    }
  }

  private async authorize(
    token: AccessToken,
    rule: AccessRule,
    context: ExecutionContext,
  ): Promise<void> {
    if (rule.admits?.(token)) return;
    await this.inTime(context, async (time) => {
      const { requirements, scopes } = rule.computed ? await ruleFor(rule, context, time) : rule;
      const unmet = await firstUnmet(requirements, token, context, this.policies, time);
      if (unmet) throw this.refusal(unmet, scopes, token, context);
    });
  }

  private async inTime<T>(
    context: ExecutionContext,
    work: (time: AnswerTime) => Promise<T>,
  ): Promise<T> {
    try {
      return await withAnswerTime(work);
    } catch (error) {
      if (error instanceof KeysUnavailableError)
        this.mistakes.tell(handlerOf(context), error.detail);
      throw error;
    }
  }

  /** Strangers are told which scopes to come back with, and nothing of what goes wrong when they are worked out. */
  private async missingToken(
    request: HttpRequest,
    rule: AccessRule,
    context: ExecutionContext,
  ): Promise<RequestRefusedError> {
    const { requirements, scopes } = rule.computed
      ? await this.inTime(context, (time) => ruleFor(rule, context, time)).catch(() => rule)
      : rule;
    const mistake = requirements.find((requirement) => requirement.mistake)?.mistake;
    // One line for all of them, whatever they put into the request.
    if (mistake !== undefined) this.mistakes.tell(handlerOf(context), mistake, 'without a token');
    return this.authenticator.missingToken(request, scopes);
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

/** What a schema has made of the claims may throw when it is read: no matter here. */
function meets(token: AccessToken, admits: (token: AccessToken) => boolean): boolean {
  try {
    return admits(token);
  } catch {
    return false;
  }
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
