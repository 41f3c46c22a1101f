import type { Logger } from '@nestjs/common';
import { systemClock } from '../common/clock.js';
import { nameOfError } from '../common/kind-of-error.js';
import { LogThrottle } from '../common/log-throttle.js';
import { see } from '../common/see.js';
import { LoginError, LoginFailedError, LoginRefusedError, UnknownLoginError } from './errors.js';
import { orStoreFailure } from './login-failure.js';
import type { UserLoginModuleOptions } from './user-login.options.js';

/** What begins the words of others in a line: they make no other line of it. */
const SAID = ' ("';

/** Tells the log and the application why somebody could not sign in or out. */
export class LoginReports {
  private readonly throttle = new LogThrottle(systemClock);

  constructor(
    private readonly logger: Logger,
    private readonly onFailed: UserLoginModuleOptions['onFailed'],
  ) {}

  /** Writes a line that strangers can cause; once in a while, and only if there is one. */
  warn(line: string | undefined): void {
    if (line !== undefined) this.write('warn', line);
  }

  /** Does something, and tells when it fails. */
  async about<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const failure = orStoreFailure(error);
      if (failure instanceof LoginError) await this.tell(failure);
      throw failure;
    }
  }

  /** Waits for a hook of the application, whose errors change nothing. */
  async hook(option: string, call: () => void | Promise<void>): Promise<void> {
    try {
      await call();
    } catch (thrown) {
      const name = thrown instanceof Error ? nameOfError(thrown) : 'something';
      this.warn(`hook_failed: ${option} threw ${name}. The answer is not affected.`);
    }
  }

  private async tell(error: LoginError): Promise<void> {
    const line = `${error.code}: ${detailOf(error)} ${see('errors', error.code)}`;
    // What anybody can bring about at will is not to fill the log: also what fails may be made up by whoever signs in.
    if (error instanceof LoginFailedError) this.write('error', line);
    else this.logger.debug(line);
    await this.hook('onFailed', () => this.onFailed?.(error));
  }

  private write(level: 'warn' | 'error', line: string): void {
    const [subject = ''] = line.split(SAID);
    const told = this.throttle.line(subject, () => line);
    if (told !== undefined) this.logger[level](told);
  }
}

function detailOf(error: LoginError): string {
  if (error instanceof LoginFailedError || error instanceof UnknownLoginError) return error.reason;
  if (!(error instanceof LoginRefusedError)) return error.message;
  const { oauthError, oauthErrorDescription: said } = error;
  return `the authorization server answered ${oauthError}${said ? ` ("${said}")` : ''}`;
}
