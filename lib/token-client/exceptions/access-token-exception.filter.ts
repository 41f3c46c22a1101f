import {
  Catch,
  Inject,
  Injectable,
  Logger,
  Optional,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { systemClock } from '../../common/clock.js';
import { oneLine } from '../../common/excerpt.js';
import { LogThrottle } from '../../common/log-throttle.js';
import { clientOfFailedCall } from '../axios/failed-call.js';
import { withoutPage } from '../../common/see.js';
import { readRequest } from '../../common/http-request.js';
import { isNavigation } from '../../common/same-origin.js';
import { Answerable } from './answerable.js';
import { SignInPages } from './sign-in-pages.js';
import { answerTo, wantsUser, type ErrorAnswer } from './answer.js';

const TITLES: Readonly<Record<number, string>> = {
  302: 'Found',
  401: 'Unauthorized',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/**
 * Answers requests that failed for want of a token, or because an API that a named client called refused. With
 * `UserLoginModule` it is there by itself, behind all filters of the application; without it, provide it as `APP_FILTER`.
 *
 * - The user has to sign in (`ReauthenticationRequiredError`, `NoUserError`): 302 to the sign-in for a browser that opens a
 *   page, where that helps; 401 for anything else.
 * - The authorization server refuses to exchange the access token of the request: 401 with a challenge, and with the claims
 *   that it asks for, if any (`insufficient_claims`).
 * - A token cannot be had: 503 with `Retry-After`.
 * - An API refuses: 502. It did not answer in time: 504.
 *
 * The client is told fixed words; the log has the reason. HTTP exceptions and mistakes of the application are left alone,
 * as are requests that did not come over HTTP.
 */
@Injectable()
@Catch(Answerable)
export class AccessTokenExceptionFilter implements ExceptionFilter<Answerable> {
  private readonly logger = new Logger(AccessTokenExceptionFilter.name);
  private readonly throttle = new LogThrottle(systemClock);

  /** @internal */
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Optional() @Inject(SignInPages) private readonly logins?: SignInPages,
  ) {}

  catch(error: Answerable, host: ArgumentsHost): Promise<void> | undefined {
    const type: string = host.getType();
    if (type === 'http') return this.answer(error, host);
    // Nest answers messages itself where a filter does nothing, and GraphQL where it throws.
    if (type === 'rpc') return undefined;
    throw error;
  }

  private async answer(error: Answerable, host: ArgumentsHost): Promise<void> {
    const answer = answerTo(error, systemClock.now());
    const http = host.switchToHttp();
    this.tell(error, answer);
    const request = http.getRequest<object>();
    const loginURL = wantsUser(error) ? await this.loginURLFor(request) : undefined;
    this.reply(http.getResponse<object>(), answer, loginURL);
  }

  /** Where to send a browser that opens a page, if signing in is of any help. */
  private async loginURLFor(request: object): Promise<string | undefined> {
    const { method, path, headers } = readRequest(request);
    if (!this.logins || !isNavigation(method, headers)) return undefined;
    // Whoever is signed in, and would only come back to the same, is not sent round in circles.
    const helps = await this.logins.isOver(request).catch(() => false);
    return helps ? this.logins.loginURLFor(path) : undefined;
  }

  private reply(response: object, answer: ErrorAnswer, loginURL: string | undefined): void {
    const { httpAdapter } = this.host;
    if (httpAdapter.isHeadersSent(response)) return void httpAdapter.end(response);
    const { challenge, retryAfterSeconds, message } = answer;
    const status = loginURL === undefined ? answer.status : 302;
    const header = (name: string, value: string) => httpAdapter.setHeader(response, name, value);
    header('Cache-Control', 'no-store');
    if (loginURL !== undefined) header('Location', loginURL);
    else if (challenge !== undefined) header('WWW-Authenticate', challenge);
    if (retryAfterSeconds !== undefined) header('Retry-After', String(retryAfterSeconds));
    httpAdapter.reply(response, { statusCode: status, error: TITLES[status], message }, status);
  }

  /** What anybody can bring about at will is not to fill the log. */
  private tell(error: Answerable, { status }: ErrorAnswer): void {
    const client = clientOfFailedCall(error);
    const about = client === undefined ? '' : ` Client '${client}':`;
    // Lists of faults have a line for each.
    const whole = error.message.replaceAll(/\s+/g, ' ');
    // What is long is cut off, but not the page that says more.
    const said = withoutPage(whole);
    const message = oneLine(said) + whole.slice(said.length);
    const text = () => `${status}:${about} ${message}`;
    const line = this.throttle.line(`${status} ${error.name} ${message}`, text);
    if (line === undefined) return;
    if (wantsUser(error)) this.logger.debug(line);
    else if (status === 401) this.logger.warn(line);
    else this.logger.error(line);
  }
}
