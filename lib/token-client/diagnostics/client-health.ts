import type { TokenState } from '../cache/cached-token.js';
import type { ResolvedClient } from '../options/resolved-client.js';
import { stageOf } from './explanation-input.js';

/** How long a failure counts that was not followed by another request. */
const COUNTS_MS = 60_000;

/** How a named client does. Holds no secret, no tenant and no URL. */
export interface ClientHealth {
  readonly status: 'up' | 'down';
  /** As in `TokenExplanation`, or `unasked` where no call has wanted a token yet. */
  readonly token: 'not_requested' | 'none' | 'fresh' | 'renewal_due' | 'expiring' | 'per_user';
  /** When the token ends, in ISO 8601. */
  readonly expiresAt?: string;
  /** The code of the error that the last token request failed with. */
  readonly error?: string;
  /** When that was, in ISO 8601. */
  readonly failedAt?: string;
}

/**
 * Down when there is no token that can be used and the last attempt to get one failed. A failure counts
 * for a minute only: an instance that gets no calls because it is down would never find out that it
 * could work again.
 */
export function healthOf(
  { kind, onNarrowerScope }: ResolvedClient,
  states: readonly TokenState[],
  now: number,
): ClientHealth {
  // One user who has to sign in again is no reason to call the application ill.
  if (kind !== 'client') return { status: 'up', token: 'per_user' };
  const usable = states.find(({ token }) => token !== undefined);
  if (usable?.token && onNarrowerScope === 'error' && usable.token.missingScopes.length > 0) {
    return { status: 'down', token: stageOf({ state: usable, now }), error: 'scope_not_granted' };
  }
  const failure = states
    .flatMap(({ lastFailure }) => lastFailure ?? [])
    .toSorted((one, other) => one.at.getTime() - other.at.getTime())
    .at(-1);
  const recent = failure !== undefined && now - failure.at.getTime() < COUNTS_MS;
  return {
    status: usable === undefined && recent ? 'down' : 'up',
    token: states.length === 0 ? 'not_requested' : stageOf({ state: usable, now }),
    ...(usable?.token && { expiresAt: usable.token.expiresAt.toISOString() }),
    ...(failure && { error: failure.error.code, failedAt: failure.at.toISOString() }),
  };
}
