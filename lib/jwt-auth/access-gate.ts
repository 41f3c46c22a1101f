import { type ExecutionContext, Inject, Injectable, Logger } from '@nestjs/common';
import { isPromiseLike, type MaybePromise, whenThere } from '../common/maybe-promise.js';
import { type AccessRule, AccessRules, ruleFor } from './access-rule.js';
import type { AccessToken } from './access-token.js';
import { PolicyRegistry } from './authorization/policy-registry.js';
import { firstUnmet, type Requirement } from './authorization/requirement.js';
import type { HttpRequest } from './bearer-credentials.js';
import { ChallengeWriter } from './challenge-writer.js';
import {
  AccessDeniedError,
  InsufficientScopeError,
  MissingTokenError,
  RequestRefusedError,
} from './errors.js';
import { RESOLVED_OPTIONS } from './jwt-auth.tokens.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { isAdmitted, setAdmitted } from './request-state.js';
import type { ResolvedOptions } from './config/resolved-options.js';
import { ClosedTransports } from './transports/closed-transports.js';

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
    private readonly transports: ClosedTransports,
  ) {}

  /** Whether `protect: 'decorated'` lets the guard of the whole application leave a handler alone. */
  isLeftAlone(context: ExecutionContext): boolean {
    return this.options.protect === 'decorated' && !this.rules.of(context).declared;
  }

  /**
   * At once where nothing has to be waited for.
   *
   * @throws {RequestRefusedError} after its challenge has been written
   */
  admit(context: ExecutionContext): boolean | Promise<boolean> {
    const rule = this.rules.of(context);
    if (rule.mode === 'public') return true;
    if (context.getType() !== 'http') return this.transports.refuse(context);
    const http = context.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    if (isAdmitted(request, rule)) return true;
    const challenge = (error: unknown): never => {
      if (error instanceof RequestRefusedError)
        this.challenges.write(http.getResponse<object>(), error);
      throw error;
    };
    try {
      const admitted = whenThere(this.authenticator.authenticate(request), (token) =>
        whenThere(this.authorize(token, rule, context), () => {
          setAdmitted(request, rule);
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
    if (!token) return rule.mode === 'required' ? askForToken(rule, context) : undefined;
    return whenThere(ruleFor(rule, context), ({ requirements, scopes }) =>
      whenThere(firstUnmet(requirements, token, context, this.policies), (unmet) => {
        if (unmet) throw this.refusal(unmet, scopes, context);
      }),
    );
  }

  private refusal(
    { description, scopes: missing }: Requirement,
    scopes: readonly string[],
    context: ExecutionContext,
  ): RequestRefusedError {
    this.logger.debug(`${handlerOf(context)} refused a token: it needs ${description}`);
    return missing.length > 0
      ? new InsufficientScopeError(scopes)
      : new AccessDeniedError(scopes, description);
  }
}

function handlerOf(context: ExecutionContext): string {
  return `${context.getClass().name}.${context.getHandler().name}`;
}

/** Strangers are told which scopes to come back with, and nothing of what goes wrong when they are worked out. */
function askForToken(rule: AccessRule, context: ExecutionContext): Promise<never> {
  if (!rule.computed) throw new MissingTokenError(rule.scopes);
  return Promise.resolve(rule)
    .then(() => ruleFor(rule, context))
    .catch(() => rule)
    .then(({ scopes }) => {
      throw new MissingTokenError(scopes);
    });
}
