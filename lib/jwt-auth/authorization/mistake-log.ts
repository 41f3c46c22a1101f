import { Inject, Injectable, Logger } from '@nestjs/common';
import { LogThrottle } from '../../common/log-throttle.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { RESOLVED_OPTIONS } from '../jwt-auth.tokens.js';

/** How many different mistakes of one handler are told a minute: requests can make up new ones without end. */
const MAX_LINES = 10;

/** Tells of handlers that refuse requests by a mistake of the application: each once a minute, however often it is asked. */
@Injectable()
export class MistakeLog {
  private readonly logger = new Logger('JwtAuthModule');
  private readonly throttles = new Map<string, LogThrottle>();

  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {}

  /** @param about what makes it another mistake of the same handler */
  tell(handler: string, mistake: string, about = mistake): void {
    const text = () => `${handler} was refused: ${mistake}.`;
    const line = this.throttleOf(handler).line(about, text);
    if (line) this.logger.warn(line);
  }

  private throttleOf(handler: string): LogThrottle {
    let throttle = this.throttles.get(handler);
    if (!throttle) {
      throttle = new LogThrottle(this.options.clock, undefined, MAX_LINES);
      this.throttles.set(handler, throttle);
    }
    return throttle;
  }
}
