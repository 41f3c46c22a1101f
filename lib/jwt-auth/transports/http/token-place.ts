import { Logger } from '@nestjs/common';
import type { Clock } from '../../../common/clock.js';
import { kindOfError } from '../../../common/kind-of-error.js';
import { LogThrottle } from '../../../common/log-throttle.js';
import { isThenable } from '../../../common/thenable.js';
import type { HttpRequest } from './bearer-credentials.js';
import { InvalidRequestError } from '../../errors.js';
import type { TokenExtractor } from './token-extractor.js';

/** Takes tokens from where the option `jwtFromRequest` finds them. */
export class TokenPlace {
  private readonly logger = new Logger('JwtAuthModule');
  private readonly throttle: LogThrottle;

  constructor(
    private readonly extract: TokenExtractor,
    clock: Clock,
  ) {
    this.throttle = new LogThrottle(clock);
  }

  /**
   * @returns nothing where the request brings no token
   * @throws {InvalidRequestError} when that cannot be told
   */
  tokenOf(request: HttpRequest): string | undefined {
    let found: unknown;
    try {
      found = this.extract(request);
    } catch (error) {
      // Its message may hold the token, as those of JSON.parse do.
      throw this.unreadable(
        `threw ${kindOfError(error)}. Catch it and log it in the function itself.`,
      );
    }
    if (found === undefined || found === null || found === '') return undefined;
    if (typeof found === 'string') return found;
    if (!isThenable(found))
      throw this.unreadable(`gave no text, but a value of type ${typeof found}`);
    // Nobody waits for it, and a rejection that nobody handles ends the process.
    void Promise.resolve(found).catch(() => undefined);
    throw this.unreadable('gave a promise, and has to give the token at once');
  }

  private unreadable(fault: string): InvalidRequestError {
    const line = this.throttle.line('jwtFromRequest', () => `jwtFromRequest ${fault}`);
    if (line) this.logger.error(line);
    return new InvalidRequestError('The access token cannot be read from the request');
  }
}
