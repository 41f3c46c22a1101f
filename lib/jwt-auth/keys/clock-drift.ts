import { Logger } from '@nestjs/common';
import type { BackchannelFetch } from '../../authorization-server/http/backchannel.js';
import type { Clock } from '../../common/clock.js';
import { oneLine } from '../../common/excerpt.js';
import type { LogThrottle } from '../../common/log-throttle.js';

const TOLERATED_MS = 15_000;

/**
 * Watches the `Date` header of what an issuer answers, and warns once when its clock and ours are too far apart: the
 * cause of 401s that nobody can explain. Where it is this machine that is wrong, it is so for all issuers: one of them is
 * told of.
 *
 * @param throttle the same for all issuers
 */
export function watchClockDrift(
  issuer: string,
  fetch: BackchannelFetch,
  clock: Clock,
  throttle: LogThrottle,
): BackchannelFetch {
  const logger = new Logger('JwtAuthModule');
  let drifting = false;
  return async (url, init) => {
    const response = await fetch(url, init);
    const theirs = Date.parse(response.headers.get('date') ?? '');
    const driftMs = clock.now() - theirs;
    // Without a Date this is NaN, and neither comparison holds.
    if (Math.abs(driftMs) > TOLERATED_MS && !drifting) {
      const direction = driftMs > 0 ? 'ahead of' : 'behind';
      const seconds = Math.round(Math.abs(driftMs) / 1000);
      const line = throttle.line(
        'clock',
        () =>
          `The clock of this machine is ${seconds} s ${direction} that of ${oneLine(issuer)}: good tokens may be refused. Set the clocks right.`,
      );
      if (line) logger.warn(line);
      drifting = true;
    } else if (Math.abs(driftMs) <= TOLERATED_MS) {
      drifting = false;
    }
    return response;
  };
}
