import { HttpException } from '@nestjs/common';
import { AccessTokenError } from '../common/access-token.error.js';
import { see } from '../common/see.js';
import { NO_SESSION } from './session-checks.js';

const TITLES: Readonly<Record<number, string>> = {
  302: 'Found',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/**
 * Why somebody could not sign in or out. A Nest `HttpException`, so that an exception filter can show a page for
 * it, and an {@link AccessTokenError}. The user can always try again.
 */
export abstract class LoginError extends HttpException {
  abstract readonly code: string;

  /** @param message what the browser is told */
  protected constructor(status: number, message: string) {
    super({ statusCode: status, error: TITLES[status], message }, status);
    this.name = new.target.name;
  }
}

AccessTokenError.brand(LoginError);

/**
 * 400: the browser came back with something that answers no sign-in which is under way in its session. It was
 * answered already, has become too old, was begun in another browser or without the session cookie, or is made up.
 */
export class UnknownLoginError extends LoginError {
  readonly code = 'unknown_login';

  constructor(
    /** For the log: what is wrong with it. Never sent to the browser. */
    readonly reason: string,
  ) {
    super(400, 'This sign-in is not under way here, or not any more. Please sign in again.');
  }
}

/** 401: the user, or the authorization server, said no. */
export class LoginRefusedError extends LoginError {
  readonly code = 'login_refused';

  constructor(
    /** The error code of the authorization server, such as `access_denied` (RFC 6749 section 4.1.2.1). */
    readonly oauthError: string,
    /** What the server says about it, as plain text and at most 300 characters. Not sent to the browser. */
    readonly oauthErrorDescription?: string,
  ) {
    super(401, 'The sign-in was cancelled or refused. Please sign in again.');
  }
}

/**
 * 503: the authorization server, or the store of the session or of the tokens, cannot be reached. 502: the server
 * refuses this application, or its answer cannot be trusted; that takes somebody who looks into the log.
 */
export class LoginFailedError extends LoginError {
  readonly code = 'login_failed';

  constructor(
    status: 502 | 503,
    /** For the log: what happened. Never sent to the browser. */
    readonly reason: string,
  ) {
    super(
      status,
      status === 503
        ? 'Signing in does not work at the moment. Please try again in a moment.'
        : 'Signing in does not work: something is wrong between this application and the authorization server.',
    );
  }
}

/** 403: another site tried to sign the user out. */
export class LogoutRefusedError extends LoginError {
  readonly code = 'logout_refused';

  constructor() {
    super(403, 'Signing out is only possible from a page of this application.');
  }
}

/**
 * Nobody is signed in where `UserLoginGuard` wants somebody. For a browser that opens a page it is a redirect to the
 * sign-in (302, the `Location` is on the response already), for anything else 401.
 */
export class LoginRequiredError extends LoginError {
  readonly code = 'login_required';

  constructor(
    status: 302 | 401,
    /** Where the user can sign in, and is led back from. */
    readonly loginURL: string,
  ) {
    super(status, 'Please sign in first.');
  }
}

/** There are no sessions, or they are of a kind that will not do: a mistake in the application, so it answers 500. */
export class SessionMissingError extends AccessTokenError {
  override readonly name = 'SessionMissingError';
  readonly code = 'session_missing';

  constructor() {
    super(
      `UserLoginModule cannot sign anybody in: ${NO_SESSION} ${see('errors', 'session_missing')}`,
    );
  }
}
