import { Catch, Inject, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import {
  LoginRequiredError,
  NoUserError,
  ReauthenticationRequiredError,
  UserTokenService,
} from 'nestjs-access-tokens';
import { explainToUser } from './explain-to-user.js';
import { errorPage } from './pages/error.page.js';
import { nameOf } from './pages/user-name.js';

/** Shows a page for whatever went wrong. The details name hosts and clients of ours, so they go to the log. */
@Catch()
export class WebErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Web');

  constructor(@Inject(UserTokenService) private readonly users: UserTokenService) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const path = request.method === 'GET' ? request.originalUrl : '/';
    if (error instanceof ReauthenticationRequiredError || error instanceof NoUserError) {
      response.redirect(303, `/auth/login?returnTo=${encodeURIComponent(path)}`);
      return;
    }
    if (error instanceof LoginRequiredError && error.getStatus() === 302) {
      response.redirect(302, error.loginURL);
      return;
    }
    const page = explainToUser(error);
    if (page.status >= 500) {
      this.logger.error(error instanceof Error ? `${error.name}: ${error.message}` : 'Unknown');
    }
    if (page.status === 503) {
      response.set('Retry-After', '5');
    }
    const user = await this.whoIsSignedIn();
    response.status(page.status).send(errorPage({ ...page, user }, path));
  }

  /** The name, or null where it cannot be told: what keeps the sessions may be what is wrong. */
  private async whoIsSignedIn(): Promise<string | null | undefined> {
    try {
      const user = await this.users.session();
      return user && !user.ended ? nameOf(user) : undefined;
    } catch {
      return null;
    }
  }
}
