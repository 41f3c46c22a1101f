import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  Optional,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { UserReferenceError } from '../token-client/user/user-reference.error.js';
import { UserTokenStoreError } from '../token-client/user/user-token.errors.js';
import { UserTokenService } from '../token-client/user-token.service.js';
import { LoginFailedError, LoginRequiredError } from './errors.js';
import { readRequest } from './http-request.js';
import { ResolvedLogin } from './resolved-login.js';
import { isNavigation } from './same-origin.js';
import { RESOLVED_LOGIN } from './user-login.tokens.js';

/**
 * Lets a request through only where somebody is signed in. A browser that opens a page is sent to sign in, and comes
 * back to that page; anything else is answered with 401. For `@UseGuards`, on pages and on what they fetch.
 */
@Injectable()
export class UserLoginGuard implements CanActivate {
  /** @internal Optional, so that it is our own error that says what is missing: the one of RESOLVED_LOGIN. */
  constructor(
    @Inject(RESOLVED_LOGIN) private readonly login: ResolvedLogin,
    @Optional() private readonly userTokens: UserTokenService,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  /**
   * @throws {LoginRequiredError} 302 or 401
   * @throws {LoginFailedError} 503: the store of user tokens failed
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const session = await this.userTokens.session().catch((error: unknown) => {
      // Somebody else's tokens are there: whoever has this session is not signed in any more.
      if (error instanceof UserReferenceError) return undefined;
      throw error instanceof UserTokenStoreError ? new LoginFailedError(503, error.message) : error;
    });
    if (session && !session.ended) return true;
    const http = context.switchToHttp();
    const { method, path, headers } = readRequest(http.getRequest<object>());
    const loginURL = this.login.loginURLFor(path);
    const { httpAdapter } = this.host;
    const response = http.getResponse<object>();
    httpAdapter.setHeader(response, 'Cache-Control', 'no-store');
    if (!isNavigation(method, headers)) throw new LoginRequiredError(401, this.login.loginURL);
    // Here and not in a filter: whatever the filters of the application make of the exception, it is a redirect.
    httpAdapter.setHeader(response, 'Location', loginURL);
    throw new LoginRequiredError(302, loginURL);
  }
}
