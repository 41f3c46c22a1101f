import type { GrantedToken, IssuedToken } from '../../authorization-server/issued-token.js';
import { isAlive, scheduleOf, type RenewalSchedule } from './renewal-schedule.js';

/** What this process knows itself. */
export interface AtHand {
  /** The token that an API has refused, where a better one is wanted. */
  readonly rejected: IssuedToken | undefined;
  readonly held: { readonly token: IssuedToken; readonly schedule: RenewalSchedule } | undefined;
  readonly now: number;
}

/**
 * Whether a token of another replica will do: one that is not about to end, and better than the one at hand. It is how
 * replicas compare and swap: whoever was refused takes the newer token, and asks for none.
 */
export function acceptsShared(granted: GrantedToken, { rejected, held, now }: AtHand): boolean {
  const schedule = scheduleOf(granted);
  if (!isAlive(schedule, now) || now >= schedule.waitFrom) return false;
  // The same again is no newer one, though a clock that is ahead of ours says so.
  const known = [rejected, held?.token].map((token) => token?.accessToken);
  if (known.includes(granted.token.accessToken)) return false;
  const usable = held && isAlive(held.schedule, now) ? held : undefined;
  return rejected !== undefined || !usable || schedule.endsAt > usable.schedule.endsAt;
}
