import { type ExecutionContext, Inject, Injectable, Logger } from '@nestjs/common';
import { type AccessRule, AccessRules, meetsRule } from './access-rule.js';
import type { HttpRequest } from './bearer-credentials.js';
import { ChallengeWriter } from './challenge-writer.js';
import { InsufficientScopeError, MissingTokenError, RequestRefusedError } from './errors.js';
import { RESOLVED_OPTIONS } from './jwt-auth.tokens.js';
import { RequestAuthenticator } from './request-authenticator.js';
import { isAdmitted, setAdmitted } from './request-state.js';
import type { ResolvedOptions } from './config/resolved-options.js';

/** Decides whether a request may reach its handler. The guards are thin shells around it. */
@Injectable()
export class AccessGate {
  private readonly logger = new Logger('JwtAuthModule');
  private readonly rules: AccessRules;

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
    private readonly authenticator: RequestAuthenticator,
    private readonly challenges: ChallengeWriter,
  ) {
    this.rules = new AccessRules(options.requiredScopes);
  }

  /** For the guard of the whole application: with `protect: 'decorated'` it leaves other handlers alone. */
  admitUnlessUndecorated(context: ExecutionContext): boolean | Promise<boolean> {
    const { protect } = this.options;
    return (protect === 'decorated' && !this.rules.of(context).declared) || this.admit(context);
  }

  /** @throws {RequestRefusedError} after its challenge has been written */
  admit(context: ExecutionContext): boolean | Promise<boolean> {
    const rule = this.rules.of(context);
    if (rule.mode === 'public') return true;
    if (context.getType() !== 'http') return this.denyTransport(context);
    const http = context.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    return isAdmitted(request, rule) || this.check(request, http.getResponse<object>(), rule);
  }

  private async check(request: HttpRequest, response: object, rule: AccessRule): Promise<boolean> {
    try {
      const token = await this.authenticator.authenticate(request);
      if (!token && rule.mode === 'required') throw new MissingTokenError(rule.scopes);
      if (token && !meetsRule(token, rule)) throw new InsufficientScopeError(rule.scopes);
      setAdmitted(request, rule);
      return true;
    } catch (error) {
      if (error instanceof RequestRefusedError) this.challenges.write(response, error);
      throw error;
    }
  }

  /** A transport whose credentials we do not know how to read is closed, whatever its payload says. */
  private denyTransport(context: ExecutionContext): false {
    const handler = `${context.getClass().name}.${context.getHandler().name}`;
    this.logger.warn(
      `${handler} was refused: access tokens are read from HTTP requests only, not from ${context.getType<string>()}. Mark it @Public() if it is protected by other means.`,
    );
    return false;
  }
}
