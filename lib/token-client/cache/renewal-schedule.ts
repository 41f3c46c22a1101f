import type { GrantedToken } from '../../authorization-server/issued-token.js';

const RENEWAL_WINDOW_MS = 60_000;
const SAFETY_MARGIN_MS = 10_000;

/** The moments in the life of a token, in milliseconds since the epoch. */
export interface RenewalSchedule {
  readonly requestedAt: number;
  /** From here on, a call renews the token in the background. */
  readonly renewFrom: number;
  /** From here on, calls wait for the new token, as the old one could end on its way. */
  readonly waitFrom: number;
  readonly endsAt: number;
}

/**
 * When a token is to be renewed: from 60 s before its end (or 20 % of the lifetime, if that is less) in
 * the background, from 10 s before its end (or 10 %) while calls wait. Fractions, so that a token of 5 s is
 * used for most of its life, and a server that hands out the same token until it dies is asked less and
 * less often, not more.
 */
export function scheduleOf({ token, requestedAt }: GrantedToken): RenewalSchedule {
  const endsAt = token.expiresAt.getTime();
  const lifetime = endsAt - requestedAt;
  // Up to a tenth less, so that many processes that started together do not renew together.
  const window = Math.min(RENEWAL_WINDOW_MS, lifetime / 5) * (1 - Math.random() / 10);
  const margin = Math.min(SAFETY_MARGIN_MS, lifetime / 10);
  return { requestedAt, endsAt, renewFrom: endsAt - window, waitFrom: endsAt - margin };
}

/** A clock that was set back says nothing about how long the token lives, so the token is not used. */
export function isAlive({ requestedAt, endsAt }: RenewalSchedule, now: number): boolean {
  return now >= requestedAt && now < endsAt;
}
