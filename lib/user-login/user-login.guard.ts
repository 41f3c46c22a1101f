import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { LoginRequiredError } from './errors.js';
import { readRequest } from '../common/http-request.js';
import { orStoreFailure } from './login-failure.js';
import { LoginSessions } from './login-sessions.js';
import { isNavigation } from '../common/same-origin.js';

/**
 * Lets a request through only where somebody is signed in for whom a token can be had: not where the authorization server has
 * ended that, nor where all access tokens have ended and there is no refresh token. A browser that opens a page is sent to sign in, and comes
 * back to that page; anything else is answered with 401. For `@UseGuards`, on pages and on what they fetch.
 */
@Injectable()
export class UserLoginGuard implements CanActivate {
  /** @internal */
  constructor(
    @Inject(LoginSessions) private readonly sessions: LoginSessions,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  /**
   * @throws {LoginRequiredError} 302 or 401
   * @throws {LoginFailedError} 503: the store of user tokens failed
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<object>();
    const isOver = await this.sessions.isOver(request).catch((error: unknown) => {
      throw orStoreFailure(error);
    });
    if (!isOver) return true;
    const { method, path, headers } = readRequest(request);
    const loginURL = this.sessions.loginURLFor(path);
    const { httpAdapter } = this.host;
    const response = http.getResponse<object>();
    httpAdapter.setHeader(response, 'Cache-Control', 'no-store');
    if (!isNavigation(method, headers)) throw new LoginRequiredError(401, this.sessions.loginURL);
    // Here and not in a filter: whatever the filters of the application make of the exception, it is a redirect.
    httpAdapter.setHeader(response, 'Location', loginURL);
    throw new LoginRequiredError(302, loginURL);
  }
}
